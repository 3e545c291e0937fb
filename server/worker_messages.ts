/**
 * What the main thread and the network thread of a server say to each other.
 *
 * @module
 */

import type { LogEntry } from "./observability/log.ts";
import type { ServerAddress, ServerOptions } from "./server.ts";
import type { StopReason } from "./network/connection_registry.ts";

/** From the main thread. */
export type ToServerWorker =
  | { readonly type: "start"; readonly options: Partial<ServerOptions> }
  /** The certificate has been renewed. */
  | { readonly type: "reload-tls"; readonly paths: TlsPaths }
  | { readonly type: "stop"; readonly reason: StopReason };

/** Where a certificate is. */
export interface TlsPaths {
  /** Path of the certificate chain, in PEM. */
  readonly cert: string;
  /** Path of its private key, in PEM. */
  readonly key: string;
}

/** From the network thread. */
export type FromServerWorker =
  | { readonly type: "listening"; readonly address: ServerAddress; readonly maxClients: number }
  /** It could not start; `code` is that of the system's error. */
  | { readonly type: "failed"; readonly code: string | undefined; readonly message: string }
  | { readonly type: "log"; readonly entry: LogEntry }
  | { readonly type: "trace"; readonly line: string }
  /** `lost` says what could not be stored. */
  | { readonly type: "stopped"; readonly lost: string | undefined };
