/**
 * The options of `chat`, `send`, `tail` and `check`.
 *
 * @module
 */

import { InvalidArgumentError } from "./commander.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { TIMESTAMP_STYLES } from "../../protocol/timestamps.ts";
import { serverHost } from "./addresses.ts";
import { addressArguments, command, inGroup, type OptionTable, type ValuesOf } from "./table.ts";
import { httpProxy } from "./http_proxy.ts";
import { TRACE_OPTIONS } from "./trace.ts";
import { duration, serverPort, wholeNumber } from "./numbers.ts";
import { choice, fingerprint, list, path, text, withoutMark } from "./values.ts";
import { SUMMARIES } from "./summaries.ts";

/** Longest time to look back, in milliseconds: ten years. */
const MAX_AGO = 10 * 365 * 86_400_000;

const TARGET_ARGUMENTS = addressArguments(
  "the server, its name in client.json, or the URL of its page; default: 127.0.0.1:8080",
);

/** The server to connect to. `serve` reads the shared variables as the address to listen on. */
export const TARGET_OPTIONS = {
  host: {
    takes: "value",
    placeholder: "<address>",
    help: "host, URL or name of the server, instead of the argument",
    variables: ["HUBBUB_CLIENT_HOST", "HUBBUB_HOST"],
    parse: serverHost,
  },
  port: {
    takes: "value",
    placeholder: "<number>",
    help: "port of the server, instead of the argument",
    variables: ["HUBBUB_CLIENT_PORT", "HUBBUB_PORT"],
    parse: serverPort,
  },
} as const satisfies OptionTable;

const NAME = { takes: "value", placeholder: "<name>", parse: text } as const;

/** The way to the server: a proxy, and encryption. */
const TRANSPORT_OPTIONS = {
  proxy: {
    takes: "value",
    placeholder: "<url>",
    help: "connect through this HTTP proxy, such as http://proxy.example.org:3128, or off; for " +
      "URLs of pages also https_proxy, http_proxy and no_proxy of the environment count",
    isSecret: true,
    parse: httpProxy,
  },
  ...inGroup("Encryption:", {
    tls: {
      takes: "flag",
      help: "encrypt; a certificate that no authority of this machine has signed is remembered " +
        "at the first connection, and no other one is trusted from then on",
      variables: ["HUBBUB_CLIENT_TLS", "HUBBUB_TLS"],
      foreignValues: ["self-signed"],
    },
    "first-use": {
      takes: "flag",
      help: "refuse such a certificate unless it is known already",
      default: "yes",
    },
    fingerprint: {
      takes: "value",
      placeholder: "<sha256>",
      help: "encrypt, and trust only the certificate with this fingerprint, with any signer",
      parse: fingerprint,
    },
    insecure: {
      takes: "flag",
      help: "encrypt, and trust any server",
      conflicts: ["fingerprint"],
    },
  }),
} as const satisfies OptionTable;

/** Options of `chat`, `send` and `tail`: the connection and the user. */
export const CONNECTION_OPTIONS = {
  ...TARGET_OPTIONS,
  name: { ...NAME, help: "name of the user" },
  room: {
    takes: "value",
    placeholder: "<room>",
    help: `room to join; default: ${DEFAULT_ROOM}`,
    parse: withoutMark,
  },
  "connect-timeout": {
    takes: "value",
    placeholder: "<time>",
    help: "maximum time to connect",
    default: "10s",
    parse: duration(100, 3_600_000),
  },
  reconnect: {
    takes: "flag",
    help: "exit when the connection breaks, instead of connecting again",
    default: "yes",
  },
  "name-password": {
    takes: "value",
    placeholder: "<text>",
    help: "password of a registered name; other users see the command line, set " +
      "HUBBUB_NAME_PASSWORD",
    isSecret: true,
    parse: text,
  },
  "server-password": {
    takes: "value",
    placeholder: "<text>",
    help: "password of the server; rather set HUBBUB_SERVER_PASSWORD",
    isSecret: true,
    parse: text,
  },
  ...TRANSPORT_OPTIONS,
} as const satisfies OptionTable;

export type ConnectionValues = ValuesOf<typeof CONNECTION_OPTIONS>;

export const CHAT = command({
  name: "chat",
  summary: SUMMARIES.chat,
  description:
    "Joins a chat. On a terminal Tab completes, the arrow keys recall what was typed, /help lists " +
    "the commands and Ctrl+C leaves. In a pipe it sends each line of standard input, prints each " +
    "line of the chat, and ends when the input has ended and everything was acknowledged. With an " +
    "echo server or another line chat it sends plain lines, and reports that.",
  arguments: TARGET_ARGUMENTS,
  options: {
    ...CONNECTION_OPTIONS,
    name: { ...NAME, help: "name of the user; a terminal asks for it" },
    room: {
      ...CONNECTION_OPTIONS.room,
      takes: "list",
      help: `room to join, may be repeated; default: ${DEFAULT_ROOM}`,
      parse: rooms,
    },
    color: {
      takes: "flag",
      help: "no colours on a terminal, as with NO_COLOR in the environment",
      default: "yes",
    },
    ...TRACE_OPTIONS,
    // HUBBUB_WEB is an option of `serve`.
    web: {
      takes: "flag",
      help: "open the page of the server in the browser instead",
      variables: [],
    },
  },
});

export const SEND = command({
  name: "send",
  summary: SUMMARIES.send,
  description:
    "Sends one message or file, waits until the server has acknowledged it, and leaves. A text is sent " +
    "unchanged: a slash at its beginning is no command. The others see the message, and no join and " +
    "leave.",
  usage: "[options] <host[:port]> [port] <text...>",
  arguments: [
    {
      usage: "[host[:port]]",
      help:
        "the server, its name in client.json, or the URL of its page; not with --host or --port",
    },
    { usage: "[text...]", help: "the message; - sends each line of standard input" },
  ],
  options: {
    ...CONNECTION_OPTIONS,
    name: { ...NAME, help: "name of the user; default: a generated one" },
    whisper: {
      takes: "value",
      placeholder: "<name>",
      help: "send to this user alone, instead of to the room",
      parse: text,
    },
    file: {
      takes: "value",
      placeholder: "<path>",
      help:
        "send this file, instead of a text: the room gets its address from a server that keeps " +
        "files, and a user of --whisper is asked to accept it",
      parse: path,
    },
  },
  notes: `Examples:
  hubbub send 127.0.0.1:8080 --name cron "the backup is done"
  hubbub send chat.example.org --whisper Ann "call me"
  hubbub send chat.example.org --room photos --file cat.png
  tail -f errors.log | hubbub send 127.0.0.1:8080 --room alerts -`,
});

export const TAIL = command({
  name: "tail",
  summary: SUMMARIES.tail,
  description:
    "Prints the messages of a room, until Ctrl+C. With --since it begins with earlier messages; " +
    "with --no-follow it ends after those. The others in the room do not see it join and leave.",
  arguments: TARGET_ARGUMENTS,
  options: {
    ...CONNECTION_OPTIONS,
    name: { ...NAME, help: "name of the user, which /users shows; default: none" },
    since: {
      takes: "value",
      placeholder: "<time|number>",
      help: "begin 10m, 1h or 2d ago, or after a message's number",
      parse: start,
    },
    json: {
      takes: "flag",
      help: "print frames, one JSON object per line",
    },
    timestamps: {
      takes: "value",
      placeholder: "<style>",
      help: "time before each line: iso (with the date, in UTC), local (with a line for each new " +
        "day), or none",
      default: "local",
      conflicts: ["json"],
      parse: choice(TIMESTAMP_STYLES),
    },
    follow: {
      takes: "flag",
      help: "exit after the earlier messages; without --since, the last 50",
      default: "yes",
    },
  },
  notes: `Examples:
  hubbub tail 127.0.0.1:8080 --room alerts --timestamps iso >> alerts.log
  hubbub tail --since 1h --no-follow
  hubbub tail --json | jq -r 'select(.type == "message") | .from + ": " + .text'`,
});

export const CHECK = command({
  name: "check",
  summary: SUMMARIES.check,
  description:
    "Connects to a chat or echo server of any kind, detects the kind from what it sends, and checks " +
    "what such a server should do: one line with PASS, FAIL or SKIP for each check. It joins with " +
    "names such as Ann47110 and sends messages: do not use it on a chat with users. At the URL of a " +
    "page it checks hubbub by WebSocket, and so a proxy in front of it.",
  arguments: TARGET_ARGUMENTS,
  options: {
    ...TARGET_OPTIONS,
    timeout: {
      takes: "value",
      short: "-t",
      placeholder: "<time>",
      help: "maximum time to wait for anything",
      default: "3s",
      parse: duration(100, 60_000),
    },
    ...TRANSPORT_OPTIONS,
  },
  notes: `Examples:
  hubbub check 127.0.0.1 8080
  hubbub check localhost:9999 --timeout 1s

Exit codes: 0 nothing failed, 1 something failed, 3 cannot connect.`,
});

function rooms(value: string): string[] {
  const names = list(withoutMark)(value);
  if (names.length > 0) return names;
  throw new InvalidArgumentError("expected the name of a room.");
}

/** Where `tail` begins: after a message, or at a time in milliseconds since the epoch. */
function start(value: string): { readonly seq: number } | { readonly time: number } {
  const seq = wholeNumber(value);
  if (seq !== undefined) return { seq };
  try {
    return { time: Date.now() - duration(0, MAX_AGO)(value) };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError("expected a time such as 10m, 1h or 2d, or a message's number.");
  }
}
