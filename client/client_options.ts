import type { Clock } from "./core/clock.ts";
import type { ReconnectOptions } from "./core/reconnection.ts";
import type { OpenTransport } from "./core/transport.ts";
import type { WebSocketOptions } from "./core/web_address.ts";

/** How to reach a server. */
export interface OpenOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** 1 to 65535; default 8080. */
  readonly port?: number;
  /** The address of the server's page, such as `https://chat.example.org/chat/` (or `wss:`, `http:`,
   * `ws:`), in place of `host`, `port` and `webSocket`: the client connects by WebSocket, as a browser.
   * `https://USER:PASSWORD@...` is for a web server in front of it. */
  readonly url?: string | URL;
  /** The WebSocket over which to chat. Default: JSON lines over the transport. */
  readonly webSocket?: WebSocketOptions;
  /** Maximum time to connect, and then for each answer before the join; default 10,000. */
  readonly connectTimeoutMilliseconds?: number;
  /** Silence after which the server is sent a `ping`; after three times as long the connection counts
   * as lost. Default 30,000. */
  readonly heartbeatMilliseconds?: number;
  /** For a client that also uses servers that are not hubbub: it listens for 40 ms before it sends
   * anything, treats 2 s of silence as an answer, and its `ConnectionError` then holds a
   * `plainPeer`, whose connection the receiver must use or destroy. Not over WebSocket. Default: false. */
  readonly plainPeers?: boolean;
  /** Carries the lines, or the WebSocket. Default: TCP, or TLS for an encrypted WebSocket. */
  readonly openTransport?: OpenTransport;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** How to reach a server, and how many events may wait. */
export interface ClientOptions extends OpenOptions {
  /** Maximum number of events that wait to be read; default 10,000. See `ChatClient.events`. */
  readonly eventLimit?: number;
  /** Stops connecting. Later only the user interfaces use it, to leave the chat; `ChatClient` does not. */
  readonly stop?: AbortSignal;
  /** Whether to reconnect and resume the session when the connection breaks. Default: no. */
  readonly reconnect?: boolean | ReconnectOptions;
}

/** Passwords that a server may require beside a name. */
export interface Credentials {
  /** Of the name, if it is protected. */
  readonly password?: string;
  /** Of the server, if it has one. */
  readonly serverPassword?: string;
}
