/**
 * What the main thread and the network thread of a server say to each other.
 *
 * @module
 */

import type { LogEntry } from "./log.ts";
import type { ServerAddress, ServerOptions } from "./server.ts";

/** From the main thread. */
export type ToServerWorker =
  | { readonly type: "start"; readonly options: Partial<ServerOptions> }
  | { readonly type: "stop" };

/** From the network thread. */
export type FromServerWorker =
  | { readonly type: "listening"; readonly address: ServerAddress; readonly maxClients: number }
  /** It could not listen; `code` is that of the system's error. */
  | { readonly type: "failed"; readonly code: string | undefined; readonly message: string }
  | { readonly type: "log"; readonly entry: LogEntry }
  | { readonly type: "stopped" };
