/**
 * The echo server, in three modes.
 *
 * @module
 */

export type { Acceptor, EchoConnection } from "./acceptor.ts";
export {
  ECHO_MODES,
  type EchoMode,
  type EchoOptions,
  EchoServer,
  type EchoTotals,
} from "./echo_server.ts";
export { tracedConnection } from "./traced_connection.ts";
