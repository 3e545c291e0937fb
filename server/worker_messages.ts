/**
 * The messages between the main thread and the network thread of a server.
 *
 * @module
 */

import type { LogEntry } from "./observability/log.ts";
import type { ServerAddress, ServerOptions } from "./server.ts";
import type { StopReason } from "./network/connection_registry.ts";

/** From the main thread. */
export type ToServerWorker =
  | { readonly type: "start"; readonly options: Partial<ServerOptions> }
  /** The certificate was renewed. */
  | { readonly type: "reload-tls"; readonly paths: TlsPaths }
  | { readonly type: "stop"; readonly reason: StopReason };

/** The files of a certificate. */
export interface TlsPaths {
  /** Path of the certificate chain, in PEM. */
  readonly cert: string;
  /** Path of its private key, in PEM. */
  readonly key: string;
}

/** From the network thread. */
export type FromServerWorker =
  | { readonly type: "listening"; readonly address: ServerAddress; readonly maxClients: number }
  /** The start failed; `code` is that of the system's error. */
  | { readonly type: "failed"; readonly code: string | undefined; readonly message: string }
  | { readonly type: "log"; readonly entry: LogEntry }
  | { readonly type: "trace"; readonly line: string }
  /** `lost` is a sentence about data that could not be stored. */
  | { readonly type: "stopped"; readonly lost: string | undefined };
