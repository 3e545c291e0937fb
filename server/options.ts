import { DEFAULT_ROOM, type TraceOptions } from "../protocol/mod.ts";
import type { LogLevel } from "./observability/log.ts";
import { DEFAULT_OUTBOX_LIMITS, type OutboxLimits } from "./fanout/outbox.ts";
import { DEFAULT_ROOM_LIMITS } from "./chat/rooms.ts";
import { DEFAULT_DISK_BYTES } from "./storage/sqlite_store.ts";
import { DEFAULT_RATE, type Rate } from "./scheduling/token_bucket.ts";

/** How a server is to run. */
export interface ServerOptions {
  /** Address to listen on; `0.0.0.0` or `::` for all interfaces. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** Connections that the kernel holds while they wait to be accepted; Linux holds one more. */
  readonly backlog: number;
  /** Members at once; one more is refused. */
  readonly maxClients: number;
  /** Connections at once that have not joined yet, at least 1: for one more the oldest of the address
   * that has most is closed. `null` for as many as {@link maxClients}, but at least 100. */
  readonly maxPending: number | null;
  /** Connections at once from one address (of IPv6, from one /64), joined or not; 0 for no limit. */
  readonly maxPerAddress: number;
  /** How often each client may say something; `null` for no limit. */
  readonly rate: Rate | null;
  /** Milliseconds within which a client has to give a name. */
  readonly registrationMilliseconds: number;
  /** Milliseconds of silence that end a line of a client that sends no line feed; 0 for never: such a
   * client gets `missing_line_end`. */
  readonly lineTimeoutMilliseconds: number;
  /** What may wait for a client that reads slowly. */
  readonly outbox: OutboxLimits;
  /** Bytes that may wait for all clients together; past it the clients for which most waits are
   * closed first. Default 1 GiB; `hubbub serve` takes a quarter of the memory where that is less. */
  readonly outboxTotalBytes: number;
  /** What happens to a client that reads too slowly: messages are left out, or it is sent away. */
  readonly slowClients: "skip" | "close";
  /** Milliseconds of silence after which a program is asked whether it is there; after three times
   * as long it is dropped. 0 for never. */
  readonly pingMilliseconds: number;
  /** Rooms that are there from the start and stay when they are empty. */
  readonly rooms: readonly string[];
  /** Folder for what is to survive the server: history, accounts, bans. `null` keeps it in memory. */
  readonly data: string | null;
  /** Rooms in use, and rooms that are only stored, together. */
  readonly maxRooms: number;
  /** Milliseconds for which an unused stored room is kept; 0 for ever. */
  readonly roomRetentionMilliseconds: number;
  /** Messages kept a room; `null` for the store's own default. */
  readonly historyLimit: number | null;
  /** Bytes that the database in {@link data} may use; past it the largest rooms lose their oldest
   * messages. */
  readonly databaseBytes: number;
  /** `full` writes to disk before a message is acknowledged; `normal` may lose the last moments
   * before a power cut. */
  readonly sync: "normal" | "full";
  /** Milliseconds that a broken connection may take to come back before others are informed. */
  readonly graceMilliseconds: number;
  /** The password that all clients need to join. */
  readonly serverPassword: string | null;
  /** Names registered at most. */
  readonly maxAccounts: number;
  /** Names that one address (of IPv6, one /64) may register per hour; 0 for no limit. */
  readonly registrationsPerHour: number;
  /** Registered names that may keep order, besides the accounts that are operators. Starting fails
   * where one has no account. */
  readonly operators: readonly string[];
  /** Whether people may send each other files. */
  readonly files: boolean;
  /** Bytes of the largest file that may be sent. */
  readonly maxFileBytes: number;
  /** Whether browsers are served on the same port. */
  readonly web: boolean;
  /** Origins, besides the server's own, whose pages may connect. */
  readonly allowedOrigins: readonly string[];
  /** Names, besides `localhost` and this machine's own, under which HTTP may ask for the server. */
  readonly allowedHosts: readonly string[];
  /** What a request for `/metrics` has to send as its bearer token; without one (`null`) all requests may read. */
  readonly metricsToken: string | null;
  /** Where the metrics are served instead of on the chat's port, in plain HTTP. */
  readonly metricsListen: { readonly host: string; readonly port: number } | null;
  /** Certificate and key in PEM, or a certificate of the server's own making; `null` for no TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | "self-signed" | null;
  /** Whether clients without TLS are refused. */
  readonly tlsOnly: boolean;
  /** Names and addresses for which a self-signed certificate is good, besides `localhost`. */
  readonly tlsHosts: readonly string[];
  /** Milliseconds that a client has for its part of a TLS handshake. */
  readonly tlsHandshakeMilliseconds: number;
  /** Addresses and CIDR ranges of the proxies whose PROXY headers, and with HTTP whose forwarding
   * headers, are believed. */
  readonly trustedProxies: readonly string[];
  /** Milliseconds that a trusted proxy has for its PROXY header. The specification asks for 3 seconds
   * at least, for a lost segment to come again. */
  readonly proxyHeaderMilliseconds: number;
  /** Milliseconds that an HTTP request may take, from its first byte to the end of its answer. */
  readonly requestMilliseconds: number;
  /** Milliseconds that stopping may take, before what is left is cut off. */
  readonly stopMilliseconds: number;
  /** Milliseconds between two looks at whether the listener still accepts. */
  readonly watchMilliseconds: number;
  /** From which severity on the log is written; default `info`. */
  readonly logLevel: LogLevel;
  /** For those who want to watch reads and writes, or to slow them down; `null` for no watcher. */
  readonly trace: TraceOptions | null;
  /** What `welcome` says of the server. */
  readonly serverName: string;
}

/** The defaults of every option. */
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
  web: true,
  allowedOrigins: [],
  allowedHosts: [],
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
};
