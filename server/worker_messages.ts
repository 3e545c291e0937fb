/**
 * The messages between the main thread and the network thread of a server.
 *
 * @module
 */

import type { LogEntry } from "./observability/log.ts";
import type { LiveOptions } from "./live_options.ts";
import type { ServerAddress, ServerOptions } from "./server.ts";
import type { StopReason } from "./network/connection_registry.ts";

/** From the main thread. */
export type ToServerWorker =
  | { readonly type: "start"; readonly options: Partial<ServerOptions> }
  /** The certificate was renewed. */
  | { readonly type: "reload-tls"; readonly paths: TlsPaths }
  | { readonly type: "stop"; readonly reason: StopReason }
  /** `call` is the number of the answer. */
  | { readonly type: "change"; readonly call: number; readonly options: Partial<LiveOptions> }
  | { readonly type: "read-file"; readonly call: number; readonly path: string };

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
  /** The result of a call; with `error` it has failed. */
  | {
    readonly type: "answer";
    readonly call: number;
    readonly result?: string;
    readonly error?: { readonly code: string | undefined; readonly message: string };
  }
  | { readonly type: "log"; readonly entry: LogEntry }
  | { readonly type: "trace"; readonly line: string }
  /** `lost` is a sentence about data that could not be stored. */
  | { readonly type: "stopped"; readonly lost: string | undefined };
