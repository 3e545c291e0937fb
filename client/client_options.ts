import type { OpenOptions } from "./frame_connection.ts";
import type { ReconnectOptions } from "./core/reconnection.ts";

/** How to reach a server, and how many events may wait. */
export interface ClientOptions extends OpenOptions {
  /** Most events that wait to be read; default 10,000. See `ChatClient.events`. */
  readonly eventLimit?: number;
  /** Gives up while connecting; later it does nothing. */
  readonly stop?: AbortSignal;
  /** When the connection breaks, connects again and goes on with the session. Default: does not. */
  readonly reconnect?: boolean | ReconnectOptions;
}

/** What a server may ask for beside a name. */
export interface Credentials {
  /** Of the name, if it is protected. */
  readonly password?: string;
  /** Of the server, if it has one. */
  readonly serverPassword?: string;
}
