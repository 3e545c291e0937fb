import { LOG_FORMATS, LOG_LEVELS } from "../../server/observability/log.ts";
import { host } from "./addresses.ts";
import { addressArguments, command, inGroup, type OptionTable, type ValuesOf } from "./table.ts";
import { TRACE_OPTIONS } from "./trace.ts";
import { duration, integer, port, size } from "./numbers.ts";
import { choice, list, name, nonEmpty, orOff, path, rate, roomName } from "./values.ts";
import { WEB_OPTIONS } from "./serve_web.ts";
import { SUMMARIES } from "./summaries.ts";

const GIBIBYTE = 1_073_741_824;
const TEBIBYTE = 1024 * GIBIBYTE;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/** The options that a configuration file can hold, too, in the order of the help. */
export const SERVE_OPTIONS = {
  ...inGroup("Listening:", {
    host: {
      takes: "value",
      placeholder: "<address>",
      help: "address to listen on; 0.0.0.0 for all interfaces",
      default: "127.0.0.1",
      parse: host,
    },
    port: {
      takes: "value",
      placeholder: "<number>",
      help: "port to listen on; 0 lets the system choose",
      default: "8080",
      parse: port,
    },
    backlog: {
      takes: "value",
      placeholder: "<number>",
      help: "maximum number of connections that wait to be accepted",
      default: "128",
      parse: integer(0, 65_535),
    },
  }),
  ...inGroup("Access:", {
    password: {
      takes: "value",
      isLive: true,
      placeholder: "<text>",
      help: "password of the server for all clients; other users see the command line: " +
        "set HUBBUB_PASSWORD",
      without: "none",
      isSecret: true,
      parse: nonEmpty,
    },
    operator: {
      takes: "list",
      isLive: true,
      placeholder: "<names>",
      help: "accounts of operators, with /kick, /ban and /mute; add them with hubbub account add",
      default: "",
      without: "none",
      parse: list(name),
    },
    "max-accounts": {
      takes: "value",
      placeholder: "<number>",
      help: "maximum number of registered names",
      default: "10000",
      parse: integer(0, 1_000_000),
    },
    registrations: {
      takes: "value",
      isLive: true,
      placeholder: "<number|off>",
      help: "maximum number of names that one address registers per hour",
      default: "5",
      parse: orOff(integer(1, 1_000_000)),
    },
  }),
  ...inGroup("Rooms and history:", {
    rooms: {
      takes: "list",
      isLive: true,
      placeholder: "<names>",
      help: "permanent rooms, separated by commas; others are removed when empty",
      default: "lobby",
      parse: list(roomName),
    },
    data: {
      takes: "value",
      placeholder: "<folder>",
      help: "folder for history, accounts and bans; without it they end with the server",
      without: "in memory",
      parse: path,
    },
    "max-rooms": {
      takes: "value",
      placeholder: "<number>",
      help: "maximum number of rooms, stored ones included",
      default: "1000",
      parse: integer(1, 100_000),
    },
    "max-rooms-per-client": {
      takes: "value",
      placeholder: "<number>",
      help: "maximum number of rooms that one client is in at the same time",
      default: "50",
      parse: integer(1, 1000),
    },
    "max-room-clients": {
      takes: "value",
      isLive: true,
      placeholder: "<number|off>",
      help: "maximum number of clients in one room; others are refused with room_full",
      default: "off",
      parse: orOff(integer(1, 1_000_000)),
    },
    "room-retention": {
      takes: "value",
      placeholder: "<time|off>",
      help:
        "how long the history and the topic of an empty room are kept, with --data or of scripts",
      default: "30d",
      parse: orOff(duration(HOUR, 10 * YEAR)),
    },
    "history-limit": {
      takes: "value",
      placeholder: "<number>",
      help: "maximum number of messages kept for each room",
      without: "1000 in memory, 100000 in --data",
      parse: integer(1, 1_000_000_000),
    },
    "data-size": {
      takes: "value",
      placeholder: "<size>",
      help: "disk space for --data; past it the largest rooms lose their oldest messages",
      default: "1GiB",
      parse: size(1024 * 1024, TEBIBYTE),
    },
    sync: {
      takes: "value",
      placeholder: "<how>",
      help: "full: a message is on the disk before it is acknowledged; normal: a power cut " +
        "may lose the last messages",
      default: "normal",
      parse: choice(["normal", "full"]),
    },
    grace: {
      takes: "value",
      placeholder: "<time>",
      help: "time in which a broken connection can resume before it is announced as left",
      default: "10s",
      parse: duration(0, HOUR),
    },
  }),
  ...inGroup("Limits:", {
    "max-clients": {
      takes: "value",
      placeholder: "<number>",
      help: "maximum number of clients; others are refused with server_full",
      default: "1000",
      parse: integer(1, 1_000_000),
    },
    "max-pending": {
      takes: "value",
      placeholder: "<number>",
      help: "maximum number of connections without a name; past it the oldest one of the " +
        "address with the most is closed",
      without: "as --max-clients, at least 100",
      parse: integer(1, 1_000_000),
    },
    "max-per-ip": {
      takes: "value",
      isLive: true,
      placeholder: "<number|off>",
      help: "maximum number of connections from one address; a whole office may share one",
      default: "off",
      parse: orOff(integer(1, 1_000_000)),
    },
    rate: {
      takes: "value",
      isLive: true,
      placeholder: "<n[:burst]|off>",
      help: "messages per second from one client, and how many at once; more are read later",
      default: "20:40",
      parse: rate,
    },
    "registration-timeout": {
      takes: "value",
      isLive: true,
      placeholder: "<time>",
      help: "time for a client to give a name",
      default: "60s",
      parse: duration(100, HOUR),
    },
    "line-timeout": {
      takes: "value",
      isLive: true,
      placeholder: "<time|off>",
      help: "silence that ends a line, for clients that send no newline, such as 300ms",
      default: "off",
      parse: orOff(duration(10, 60_000)),
    },
    "ping-interval": {
      takes: "value",
      placeholder: "<time|off>",
      help:
        "silence after which a client gets a ping; it is disconnected after three times as long",
      default: "30s",
      parse: orOff(duration(100, HOUR)),
    },
    "slow-clients": {
      takes: "value",
      isLive: true,
      placeholder: "<what>",
      help: "skip messages of a client that reads too slowly, or close its connection",
      default: "skip",
      parse: choice(["skip", "close"]),
    },
    "queue-soft": {
      takes: "value",
      isLive: true,
      placeholder: "<size[:time]>",
      help: "unsent bytes for one client, and for how long, before its messages are skipped",
      default: "256KiB:10s",
      parse: sizeAndTime,
    },
    "queue-hard": {
      takes: "value",
      isLive: true,
      placeholder: "<size>",
      help: "maximum number of unsent bytes for one client",
      default: "4MiB",
      parse: size(1024, GIBIBYTE),
    },
    "queue-total": {
      takes: "value",
      placeholder: "<size>",
      help: "maximum number of unsent bytes for all clients together; past it the clients " +
        "with the most are closed",
      without: "a quarter of the memory, 1GiB at most",
      parse: size(64 * 1024, TEBIBYTE),
    },
  }),
  ...inGroup("Files:", {
    files: {
      takes: "flag",
      isLive: true,
      help: "do not let users send each other files",
      default: "yes",
    },
    "max-file": {
      takes: "value",
      isLive: true,
      placeholder: "<size>",
      help: "maximum size of a file that users send",
      default: "25MB",
      parse: size(1, TEBIBYTE),
    },
    "store-files": {
      takes: "value",
      isLive: true,
      placeholder: "<size|off>",
      help: "space in --data for files that users post in rooms; past it the oldest are deleted",
      default: "off",
      parse: orOff(size(1024 * 1024, TEBIBYTE)),
    },
  }),
  ...WEB_OPTIONS,
  ...inGroup("Output:", {
    "log-level": {
      takes: "value",
      isLive: true,
      placeholder: "<level>",
      help: "minimum level of the log, on standard error",
      default: "info",
      parse: choice(LOG_LEVELS),
    },
    "log-format": {
      takes: "value",
      isLive: true,
      placeholder: "<format>",
      help: "text, or json: one object per line",
      default: "text",
      parse: choice(LOG_FORMATS),
    },
    ...TRACE_OPTIONS,
    qr: {
      takes: "flag",
      help: "show the address for browsers as a QR code, on a terminal",
    },
  }),
} as const satisfies OptionTable;

export type ServeValues = ValuesOf<typeof SERVE_OPTIONS>;

/** The arguments of a server: where it listens. */
export const LISTEN_ARGUMENTS = addressArguments(
  "address to listen on, instead of --host and --port",
);

export const SERVE = command({
  name: "serve",
  summary: SUMMARIES.serve,
  description: "Starts a chat server that clients join with nc, telnet or hubbub chat.",
  arguments: LISTEN_ARGUMENTS,
  options: {
    config: {
      takes: "value",
      placeholder: "<file>",
      help: "read options from this file (JSON); reread on SIGHUP",
      isOutsideFile: true,
      parse: path,
    },
    "print-config": {
      takes: "flag",
      help: "print every option, its value and its origin, and exit",
      variables: [],
      isOutsideFile: true,
    },
    ...SERVE_OPTIONS,
  },
  notes: `The file of --config holds options, too, such as { "max-clients": 500 }. The
command line comes first, then the environment, then the file. --print-config
shows the values in force.`,
});

/** Reads `256KiB` or `256KiB:10s`. */
function sizeAndTime(value: string): { softBytes: number; softMilliseconds: number } {
  const [bytes = "", time = "10s"] = value.split(":", 2);
  return {
    softBytes: size(1024, GIBIBYTE)(bytes),
    softMilliseconds: duration(0, HOUR)(time),
  };
}
