import { DEFAULT_ROOM, type TraceOptions } from "../protocol/mod.ts";
import type { LogLevel } from "./observability/log.ts";
import { DEFAULT_OUTBOX_LIMITS, type OutboxLimits } from "./fanout/outbox.ts";
import { DEFAULT_ROOM_LIMITS } from "./chat/rooms.ts";
import { DEFAULT_DISK_BYTES } from "./storage/sqlite_store.ts";
import { DEFAULT_RATE, type Rate } from "./scheduling/token_bucket.ts";

/** The options of a server. */
export interface ServerOptions {
  /** Address to listen on; `0.0.0.0` or `::` for all interfaces. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** Maximum number of connections that the kernel queues until they are accepted; Linux queues one more. */
  readonly backlog: number;
  /** Maximum number of members. */
  readonly maxClients: number;
  /** Maximum number of connections that have not joined yet, at least 1: past it the oldest one of the
   * address with the most is closed. `null` means {@link maxClients}, but at least 100. */
  readonly maxPending: number | null;
  /** Maximum number of connections of one address (of IPv6, one /64), joined or not; 0 for no limit. */
  readonly maxPerAddress: number;
  /** The rate limit of each client; `null` for no limit. */
  readonly rate: Rate | null;
  /** Milliseconds within which a client has to send a name. */
  readonly registrationMilliseconds: number;
  /** Milliseconds of silence that end a line of a client that sends no line feed; 0 for none: such a
   * client gets `missing_line_end`. */
  readonly lineTimeoutMilliseconds: number;
  /** The bounds of the output that waits for one client. */
  readonly outbox: OutboxLimits;
  /** Maximum number of bytes that wait for all clients together; past it the clients with the most are
   * closed first. Default 1 GiB; `hubbub serve` uses at most a quarter of the memory. */
  readonly outboxTotalBytes: number;
  /** What happens to a client that reads too slowly: messages are skipped, or it is disconnected. */
  readonly slowClients: "skip" | "close";
  /** Milliseconds of silence before a program is pinged; after three times as many it is disconnected. 0
   * for never. */
  readonly pingMilliseconds: number;
  /** Permanent rooms, which exist without members. */
  readonly rooms: readonly string[];
  /** The data folder for history, accounts and bans. `null` keeps them in memory. */
  readonly data: string | null;
  /** Maximum number of rooms in use and of rooms that are only stored, together. */
  readonly maxRooms: number;
  /** Maximum number of rooms that one client is in; text clients are in one. */
  readonly maxRoomsPerClient: number;
  /** Maximum number of clients in one room; 0 for no limit. */
  readonly maxRoomClients: number;
  /** Maximum number of rooms that one address creates per hour; `null` for no limit. */
  readonly newRoomsPerHour: number | null;
  /** Milliseconds for which an unused room is stored; 0 for no limit. */
  readonly roomRetentionMilliseconds: number;
  /** Messages stored per room; `null` for the default of the store. */
  readonly historyLimit: number | null;
  /** Maximum size of the database in {@link data}, in bytes; past it the largest rooms lose their oldest
   * messages. */
  readonly databaseBytes: number;
  /** `full` writes to the disk before a message is acknowledged; `normal` may lose the last 100 ms
   * before a power cut. */
  readonly sync: "normal" | "full";
  /** Milliseconds within which a broken connection can return before the others get `left`. */
  readonly graceMilliseconds: number;
  /** The password that all clients need to join; `null` for none. */
  readonly serverPassword: string | null;
  /** Maximum number of registered names. */
  readonly maxAccounts: number;
  /** Maximum number of names that one address (of IPv6, one /64) registers per hour; 0 for no limit. */
  readonly registrationsPerHour: number;
  /** Registered names that are operators, besides the accounts that are marked as such. The start fails if
   * one has no account. */
  readonly operators: readonly string[];
  /** Whether users may send each other files. */
  readonly files: boolean;
  /** Maximum size of a file, in bytes. */
  readonly maxFileBytes: number;
  /** Maximum space of the files that rooms keep in {@link data}, in bytes; past it the oldest are removed.
   * `null` keeps none. */
  readonly storeFilesBytes: number | null;
  /** The address of the server for browsers, without a slash at its end, in the messages of stored files;
   * `null` for the host by which the sender has reached the server. */
  readonly publicUrl: string | null;
  /** Whether the same port serves browsers. */
  readonly web: boolean;
  /** Origins whose pages may connect, besides the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Host names that HTTP requests may contain, besides `localhost` and those of this machine. */
  readonly allowedHosts: readonly string[];
  /** Webhooks: a program that has a token sends messages to its room, as to Slack. */
  readonly hooks: readonly { readonly room: string; readonly token: string }[];
  /** Outgoing webhooks: each gets the messages of its room as JSON, as Slack takes it. Each `url` is one
   * of http or https without a user name and a fragment. */
  readonly hooksOut: readonly { readonly room: string; readonly url: string }[];
  /** The secret with which outgoing webhooks are signed: `whsec_` and 24 to 64 bytes in base64; `null` for
   * no signature. */
  readonly hookOutSecret: string | null;
  /** Whether outgoing webhooks may be sent to private addresses, and without TLS. */
  readonly hookOutPrivate: boolean;
  /** Time limit of one attempt to send a message to an outgoing webhook. */
  readonly hookOutMilliseconds: number;
  /** The bearer token that a request for `/metrics` must have; `null` for none. */
  readonly metricsToken: string | null;
  /** The address that serves the metrics, in plain HTTP; `null` for the port of the chat. */
  readonly metricsListen: { readonly host: string; readonly port: number } | null;
  /** Certificate and key in PEM, or a self-signed certificate; `null` for no TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | "self-signed" | null;
  /** Whether clients without TLS are refused. */
  readonly tlsOnly: boolean;
  /** Names and addresses for which a self-signed certificate is valid, besides `localhost`. */
  readonly tlsHosts: readonly string[];
  /** Time limit of a TLS handshake. */
  readonly tlsHandshakeMilliseconds: number;
  /** Addresses and CIDR ranges of the proxies whose PROXY headers, and forwarding headers of HTTP, are
   * accepted. */
  readonly trustedProxies: readonly string[];
  /** Time limit of the PROXY header of a trusted proxy. The specification demands at least 3 seconds, so
   * that a lost segment can arrive. */
  readonly proxyHeaderMilliseconds: number;
  /** Time limit of an HTTP request, from its first byte to the end of its answer. */
  readonly requestMilliseconds: number;
  /** Time limit of a stop; then the open connections are closed at once. */
  readonly stopMilliseconds: number;
  /** Milliseconds between two checks whether the listener still accepts. */
  readonly watchMilliseconds: number;
  /** The level up to which entries are logged; default `info`. */
  readonly logLevel: LogLevel;
  /** Tracing of reads and writes; `null` for none. */
  readonly trace: TraceOptions | null;
  /** Name and version in the `welcome` frame. */
  readonly serverName: string;
  /** Labels of `hubbub_build_info` besides the name, such as the commit. */
  readonly build: Readonly<Record<string, string>>;
}

/** The defaults of all options. */
export const DEFAULT_SERVER_OPTIONS: ServerOptions = {
  host: "127.0.0.1",
  port: 8080,
  backlog: 128,
  maxClients: 1000,
  maxPending: null,
  maxPerAddress: 0,
  rate: DEFAULT_RATE,
  registrationMilliseconds: 60_000,
  lineTimeoutMilliseconds: 0,
  outbox: DEFAULT_OUTBOX_LIMITS,
  outboxTotalBytes: 1024 * 1024 * 1024,
  slowClients: "skip",
  pingMilliseconds: 30_000,
  rooms: [DEFAULT_ROOM],
  data: null,
  maxRooms: DEFAULT_ROOM_LIMITS.maxRooms,
  maxRoomsPerClient: DEFAULT_ROOM_LIMITS.maxPerMember,
  maxRoomClients: DEFAULT_ROOM_LIMITS.maxClients,
  newRoomsPerHour: DEFAULT_ROOM_LIMITS.newPerHour,
  roomRetentionMilliseconds: DEFAULT_ROOM_LIMITS.retentionMilliseconds,
  historyLimit: null,
  databaseBytes: DEFAULT_DISK_BYTES,
  sync: "normal",
  graceMilliseconds: 10_000,
  serverPassword: null,
  maxAccounts: 10_000,
  registrationsPerHour: 5,
  operators: [],
  files: true,
  maxFileBytes: 25_000_000,
  storeFilesBytes: null,
  publicUrl: null,
  web: true,
  allowedOrigins: [],
  allowedHosts: [],
  hooks: [],
  hooksOut: [],
  hookOutSecret: null,
  hookOutPrivate: false,
  hookOutMilliseconds: 10_000,
  metricsToken: null,
  metricsListen: null,
  tls: null,
  tlsOnly: false,
  tlsHosts: [],
  tlsHandshakeMilliseconds: 10_000,
  trustedProxies: [],
  proxyHeaderMilliseconds: 5000,
  requestMilliseconds: 10_000,
  stopMilliseconds: 5000,
  watchMilliseconds: 2000,
  logLevel: "info",
  trace: null,
  serverName: "hubbub",
  build: {},
};
