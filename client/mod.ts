/**
 * The client: a library, and user interfaces for terminals, pipes and scripts.
 *
 * @module
 */

export type { OutputStream } from "./batched_output.ts";
export { ChatClient, type ConnectOptions, type ListenOptions } from "./chat_client.ts";
export type { HistoryPage, Rooms, SearchPage, Users } from "./chat_client.ts";
export type { Welcome } from "./core/chat_session.ts";
export type { ClientOptions, Credentials, OpenOptions } from "./client_options.ts";
export type { FrameWatcher } from "./chat_requests.ts";
export type { ChatEvent, ConnectionEvent } from "./core/connection_event.ts";
export type { BackoffOptions, ReconnectOptions } from "./core/reconnection.ts";
export { ChatError } from "./core/chat_error.ts";
export { type Clock as ClientClock, systemClock as systemClientClock } from "./core/clock.ts";
export {
  ConnectionError,
  type ConnectionErrorCode,
  type ConnectionPhase,
} from "./core/connection_errors.ts";
export type { FileChat, FileProgress, FileStore } from "./files/file_chat.ts";
export { FileError, type FileErrorCode } from "./files/file_error.ts";
export { systemReason } from "./system_reason.ts";
export { safeFileName } from "./files/file_name.ts";
export { postFile, type PostFileOptions } from "./files/post_file.ts";
export { type ReceivedFile, receiveFile, type ReceiveFileOptions } from "./files/receive_file.ts";
export { sendFile, type SendFileOptions, type SentFile } from "./files/send_file.ts";
export type { Closing } from "./core/server_connection.ts";
export { type ChatOutcome, exitCodeOf, type LeaveReason } from "./outcome.ts";
export { type KnownHost, KnownHosts, KnownHostsError } from "./transports/known_hosts.ts";
export { inputLines } from "./lines/input_lines.ts";
export type { InputStream } from "./lines/input_lines.ts";
export type { PlainConnection, PlainPeer } from "./core/unknown_peer.ts";
export { type PlainChatOptions, runPlainChat } from "./scripts/plain_chat.ts";
export { sendLines, type SendLinesOptions } from "./scripts/send_lines.ts";
export { runTail, type TailOptions, type TailStart } from "./scripts/tail.ts";
export { openTcp } from "./transports/socket_transport.ts";
export {
  type FirstUse,
  openTls,
  openTlsOnFirstUse,
  type TlsOptions,
} from "./transports/tls_transport.ts";
export { type HttpProxy, openTunnel } from "./transports/http_tunnel.ts";
export { tracedTransport } from "./transports/traced_transport.ts";
export { runTerminalChat, type TerminalChatOptions } from "./terminal/terminal_chat.ts";
export type { JobControl } from "./terminal/terminal.ts";
export { type FindPageOptions, webPageStatus } from "./web_page.ts";
export type { WebSocketOptions } from "./core/web_address.ts";
export type { Endpoint, OpenTransport, Transport, TransportListener } from "./core/transport.ts";
