/**
 * Every option of `hubbub serve`, as a table. The command line, the environment, the file of
 * `--config`, `--print-config` and `docs/CONFIGURATION.md` are all made from it or compared with it.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { LOG_FORMATS, LOG_LEVELS } from "../../server/mod.ts";
import type { OptionTable, ValuesOf } from "./settings.ts";
import { segment, TRACE_HELP, traceDelay } from "../trace_options.ts";
import { host, hostAndPort } from "./addresses.ts";
import {
  addressRange,
  choice,
  duration,
  hostName,
  integer,
  list,
  name,
  origin,
  orOff,
  port,
  rate,
  size,
  token,
  yesOrNo,
} from "./values.ts";

const WHERE = "Where it listens:";
const PEOPLE = "Who may come in:";
const STATE = "Rooms and history:";
const LIMITS = "Limits:";
const FILES = "Files:";
const WEB = "Browsers and TLS:";
const OUTPUT = "What it prints:";

const GIBIBYTE = 1_073_741_824;
const TEBIBYTE = 1024 * GIBIBYTE;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/** The options, in the order in which they are told. */
export const SERVE_OPTIONS = {
  host: {
    takes: "value",
    usage: "<address>",
    group: WHERE,
    help: "address to listen on; 0.0.0.0 for all interfaces",
    default: "127.0.0.1",
    parse: host,
  },
  port: {
    takes: "value",
    usage: "<number>",
    group: WHERE,
    help: "port to listen on; 0 lets the system choose",
    default: "8080",
    parse: port,
  },
  backlog: {
    takes: "value",
    usage: "<number>",
    group: WHERE,
    help: "connections that may wait to be accepted",
    default: "128",
    parse: integer(0, 65_535),
  },
  password: {
    takes: "value",
    usage: "<text>",
    group: PEOPLE,
    help: "password of the server for all clients; other users see the command line, so " +
      "better set HUBBUB_PASSWORD",
    without: "none",
    isSecret: true,
    parse: text,
  },
  operator: {
    takes: "list",
    usage: "<names>",
    group: PEOPLE,
    help: "accounts of operators, with /kick, /ban and /mute; add them with hubbub account add",
    default: "",
    without: "none",
    parse: list(name),
  },
  "max-accounts": {
    takes: "value",
    usage: "<number>",
    group: PEOPLE,
    help: "maximum of registered names",
    default: "10000",
    parse: integer(0, 1_000_000),
  },
  registrations: {
    takes: "value",
    usage: "<number|off>",
    group: PEOPLE,
    help: "maximum of names that one address registers per hour",
    default: "5",
    parse: orOff(integer(1, 1_000_000)),
  },
  rooms: {
    takes: "list",
    usage: "<names>",
    group: STATE,
    help: "permanent rooms, with commas between them; others are removed when empty",
    default: "lobby",
    parse: list(name),
  },
  data: {
    takes: "value",
    usage: "<folder>",
    group: STATE,
    help: "folder for history, accounts and bans; without it they end with the server",
    without: "in memory",
    parse: text,
  },
  "max-rooms": {
    takes: "value",
    usage: "<number>",
    group: STATE,
    help: "maximum of rooms, stored ones included",
    default: "1000",
    parse: integer(1, 100_000),
  },
  "room-retention": {
    takes: "value",
    usage: "<time|off>",
    group: STATE,
    help: "how long --data keeps the history and the topic of an empty room",
    default: "30d",
    parse: orOff(duration(HOUR, 10 * YEAR)),
  },
  "history-limit": {
    takes: "value",
    usage: "<number>",
    group: STATE,
    help: "messages kept for each room",
    without: "1000 in memory, 100000 in --data",
    parse: integer(1, 1_000_000_000),
  },
  "data-size": {
    takes: "value",
    usage: "<size>",
    group: STATE,
    help: "disk space for --data; past it the largest rooms lose their oldest messages",
    default: "1GiB",
    parse: size(1024 * 1024, TEBIBYTE),
  },
  sync: {
    takes: "value",
    usage: "<how>",
    group: STATE,
    help: "full: a message is on the disk before it is acknowledged; normal: a power cut " +
      "may lose the last messages",
    default: "normal",
    parse: choice(["normal", "full"]),
  },
  grace: {
    takes: "value",
    usage: "<time>",
    group: STATE,
    help: "time in which a broken connection can resume before it is announced as left",
    default: "10s",
    parse: duration(0, HOUR),
  },
  "max-clients": {
    takes: "value",
    usage: "<number>",
    group: LIMITS,
    help: "maximum of clients; one more is refused as server_full",
    default: "1000",
    parse: integer(1, 1_000_000),
  },
  "max-pending": {
    takes: "value",
    usage: "<number>",
    group: LIMITS,
    help: "maximum of connections without a name; past it the oldest one of the address " +
      "with the most is closed",
    without: "as --max-clients, at least 100",
    parse: integer(1, 1_000_000),
  },
  "max-per-ip": {
    takes: "value",
    usage: "<number|off>",
    group: LIMITS,
    help: "maximum of connections from one address; a whole office may share one",
    default: "off",
    parse: orOff(integer(1, 1_000_000)),
  },
  rate: {
    takes: "value",
    usage: "<n[:burst]|off>",
    group: LIMITS,
    help: "messages per second from one client, and how many at once; more are read later",
    default: "20:40",
    parse: rate,
  },
  "registration-timeout": {
    takes: "value",
    usage: "<time>",
    group: LIMITS,
    help: "time for a client to give a name",
    default: "60s",
    parse: duration(100, HOUR),
  },
  "line-timeout": {
    takes: "value",
    usage: "<time|off>",
    group: LIMITS,
    help: "silence that ends a line, for clients that send no newline, such as 300ms",
    default: "off",
    parse: orOff(duration(10, 60_000)),
  },
  "ping-interval": {
    takes: "value",
    usage: "<time|off>",
    group: LIMITS,
    help: "silence after which a program gets a ping; it is dropped after three times as long",
    default: "30s",
    parse: orOff(duration(100, HOUR)),
  },
  "slow-clients": {
    takes: "value",
    usage: "<what>",
    group: LIMITS,
    help: "skip messages of a client that reads too slowly, or close its connection",
    default: "skip",
    parse: choice(["skip", "close"]),
  },
  "queue-soft": {
    takes: "value",
    usage: "<size[:time]>",
    group: LIMITS,
    help: "unsent bytes for one client, and for how long, before its messages are skipped",
    default: "256KiB:10s",
    parse: sizeAndTime,
  },
  "queue-hard": {
    takes: "value",
    usage: "<size>",
    group: LIMITS,
    help: "maximum of unsent bytes for one client",
    default: "4MiB",
    parse: size(1024, GIBIBYTE),
  },
  "queue-total": {
    takes: "value",
    usage: "<size>",
    group: LIMITS,
    help: "maximum of unsent bytes for all clients together; past it the clients with the " +
      "most are closed",
    without: "a quarter of the memory, 1GiB at most",
    parse: size(64 * 1024, TEBIBYTE),
  },
  files: {
    takes: "flag",
    usage: "",
    group: FILES,
    help: "let users send each other files",
    default: "yes",
    parse: yesOrNo,
  },
  "max-file": {
    takes: "value",
    usage: "<size>",
    group: FILES,
    help: "the largest file that may be sent",
    default: "25MB",
    parse: size(1, TEBIBYTE),
  },
  web: {
    takes: "flag",
    usage: "",
    group: WEB,
    help: "serve browsers on the same port: a page, WebSocket, /metrics",
    default: "yes",
    parse: yesOrNo,
  },
  "allow-origin": {
    takes: "list",
    usage: "<origins>",
    group: WEB,
    help: "other sites whose pages may connect, such as https://example.org; can be repeated",
    default: "",
    without: "none",
    parse: list(origin),
  },
  "allow-host": {
    takes: "list",
    usage: "<names>",
    group: WEB,
    help: "names of this server in the address of a browser, such as chat.lan; can be repeated",
    default: "",
    without: "none",
    parse: list(hostName),
  },
  "metrics-token": {
    takes: "value",
    usage: "<text>",
    group: WEB,
    help: "bearer token that a scraper must send to read /metrics",
    without: "none",
    isSecret: true,
    parse: token,
  },
  "metrics-listen": {
    takes: "value",
    usage: "<host:port>",
    group: WEB,
    help: "serve /metrics there, in plain HTTP, and not on the port of the chat",
    without: "on --port",
    parse: hostAndPort,
  },
  tls: {
    takes: "value",
    usage: "<how>",
    group: WEB,
    help: "self-signed: encrypt with a certificate that the server makes",
    default: "off",
    parse: choice(["off", "self-signed"]),
  },
  "tls-cert": {
    takes: "value",
    usage: "<file>",
    group: WEB,
    help: "encrypt with this certificate chain (PEM); reread on SIGHUP",
    without: "none",
    parse: text,
  },
  "tls-key": {
    takes: "value",
    usage: "<file>",
    group: WEB,
    help: "the key of --tls-cert (PEM)",
    without: "none",
    parse: text,
  },
  "tls-only": {
    takes: "flag",
    usage: "",
    group: WEB,
    help: "refuse clients that do not encrypt",
    default: "no",
    parse: yesOrNo,
  },
  "trusted-proxy": {
    takes: "list",
    usage: "<addresses>",
    group: WEB,
    help: "proxies whose PROXY, X-Forwarded-* and Forwarded headers are trusted; can be repeated",
    default: "",
    without: "none",
    parse: list(addressRange),
  },
  "log-level": {
    takes: "value",
    usage: "<level>",
    group: OUTPUT,
    help: `how much to log, on standard error: ${LOG_LEVELS.join(", ")}`,
    default: "info",
    parse: choice(LOG_LEVELS),
  },
  "log-format": {
    takes: "value",
    usage: "<format>",
    group: OUTPUT,
    help: "text for people, or json: one object a line",
    default: "text",
    parse: choice(LOG_FORMATS),
  },
  trace: {
    takes: "flag",
    usage: "",
    group: OUTPUT,
    help: TRACE_HELP.trace,
    default: "no",
    parse: yesOrNo,
  },
  "trace-delay": {
    takes: "value",
    usage: "<time>",
    group: OUTPUT,
    help: TRACE_HELP.traceDelay,
    default: "0s",
    parse: traceDelay,
  },
  segment: {
    takes: "value",
    usage: "<bytes>",
    group: OUTPUT,
    help: TRACE_HELP.segment,
    without: "as many as there are",
    parse: segment,
  },
  qr: {
    takes: "flag",
    usage: "",
    group: OUTPUT,
    help: "show the address for browsers as a QR code, on a terminal",
    default: "no",
    parse: yesOrNo,
  },
} as const satisfies OptionTable;

/** The values of the options. */
export type ServeValues = ValuesOf<typeof SERVE_OPTIONS>;

function text(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("It must not be empty.");
}

/** Reads `256KiB` or `256KiB:10s`. */
function sizeAndTime(value: string): { softBytes: number; softMilliseconds: number } {
  const [bytes = "", time = "10s"] = value.split(":", 2);
  return {
    softBytes: size(1024, GIBIBYTE)(bytes),
    softMilliseconds: duration(0, HOUR)(time),
  };
}
