/**
 * Options that several scenarios of `bench` share.
 *
 * @module
 */

import { count, perSecond, serverCommand } from "./bench_values.ts";
import { TARGET_OPTIONS } from "./clients.ts";
import { addressArguments, type OptionTable } from "./table.ts";
import { duration, integer } from "./numbers.ts";
import { choice, path, text } from "./values.ts";

/** The question that each scenario answers. */
export const QUESTIONS = {
  broadcast: "How many messages does a chat deliver, how fast, and are any lost?",
  echo: "How fast does a server send back the messages of each client?",
  rounds: "How long until all clients have a message, by number of clients?",
  connect: "How many clients does a server accept, all at once or at a rate?",
  backlog: "What happens to clients while a server accepts no connections?",
  churn: "How fast do clients join a busy chat, and are others delayed?",
  rooms: "Is every message delivered to its own room, and to no other?",
  stall: "Do clients that stop reading affect the others?",
  restart: "How soon do clients reconnect after a crash, and what is lost?",
  codec: "How long does it take to encode or decode a message?",
} as const;

/** The kinds of servers, for `--profile`. */
export const PROFILE_NAMES = [
  ...["json", "text", "websocket", "line", "echo", "irc", "nats", "redis"] as const,
] as const;

/** The arguments that name the server to load. */
export const SERVER_ARGUMENTS = addressArguments(
  "the server to load; default: one that bench starts",
);

/** An address. It has no variables: the variable with the server of a chat must not choose the server to
 * load. */
export const ADDRESS_OPTIONS = {
  host: { ...TARGET_OPTIONS.host, variables: [] },
  port: { ...TARGET_OPTIONS.port, variables: [] },
} as const satisfies OptionTable;

/** The server to load. */
export const LOADED_SERVER_OPTIONS = {
  ...ADDRESS_OPTIONS,
  tls: {
    takes: "flag",
    help: "connect with TLS; certificates are not verified",
    variables: [],
  },
  // The words behind `--` on the command line.
  "server-command": {
    takes: "value",
    placeholder: "<json>",
    help: "command that starts the server",
    variables: [],
    isHidden: true,
    parse: serverCommand,
  },
} as const satisfies OptionTable;

/** Options of a load, with the defaults that most scenarios have. */
export const LOAD_OPTIONS = {
  connections: {
    takes: "value",
    short: "-c",
    placeholder: "<number>",
    help: "number of connections",
    default: "128",
    parse: count(1, 1_000_000),
  },
  "connect-rate": {
    takes: "value",
    placeholder: "<number/s>",
    help: "connections opened per second, such as 500/s",
    parse: perSecond(1_000_000),
  },
  payload: {
    takes: "value",
    short: "-P",
    placeholder: "<bytes>",
    help: "length of the text of a message, 16 to 4096",
    default: "64",
    parse: count(16, 4096),
  },
  rate: {
    takes: "value",
    short: "-R",
    placeholder: "<number/s>",
    help: "messages per second of all senders together",
    variables: ["HUBBUB_MESSAGE_RATE"],
    parse: perSecond(100_000),
  },
  duration: {
    takes: "value",
    short: "-d",
    placeholder: "<time>",
    help: "how long to send",
    default: "10s",
    parse: duration(100, 86_400_000),
  },
} as const satisfies OptionTable;

/** Options of every run. */
export const SERIES_OPTIONS = {
  workers: {
    takes: "value",
    short: "-w",
    placeholder: "<number>",
    help: "threads that share the connections",
    default: "1",
    parse: count(1, 64),
  },
  repeat: {
    takes: "value",
    placeholder: "<number>",
    help: "number of runs; the report has medians and their range",
    default: "1",
    parse: count(1, 100),
  },
  baseline: {
    takes: "value",
    placeholder: "<file>",
    help: "compare with the output of an earlier --json; exit code 1 if significantly worse",
    parse: path,
  },
} as const satisfies OptionTable;

/** Options of a run that joins a server. */
export const RUN_OPTIONS = {
  profile: {
    takes: "value",
    placeholder: "<name>",
    help: "protocol of the server",
    default: "json",
    parse: choice(PROFILE_NAMES),
  },
  timeout: {
    takes: "value",
    short: "-t",
    placeholder: "<time>",
    help: "maximum time of a join and of a delivery",
    default: "10s",
    parse: duration(100, 3_600_000),
  },
  pid: {
    takes: "value",
    placeholder: "<number>",
    help: "measure the CPU and memory of this server process (Linux)",
    parse: integer(1, 4_194_304),
  },
} as const satisfies OptionTable;

export const REPORT_OPTIONS = {
  json: {
    takes: "flag",
    short: "-j",
    help: "print one JSON object on standard output, and nothing else",
  },
  "live-json": {
    takes: "flag",
    help: "print a JSON object each second, then the object of --json",
  },
  html: {
    takes: "value",
    placeholder: "<file>",
    help: "write a self-contained page with the report",
    parse: path,
  },
  assert: {
    takes: "list",
    placeholder: "<condition>",
    help: "fail unless the condition holds; may be repeated",
    parse: text,
  },
  progress: {
    takes: "flag",
    short: "-n",
    help: "show no progress",
    default: "yes",
  },
} as const satisfies OptionTable;

/** {@link REPORT_OPTIONS} of a scenario with these metrics. */
export function reportOptions(metrics: string): typeof REPORT_OPTIONS {
  const [example] = metrics.split(" ");
  return {
    ...REPORT_OPTIONS,
    assert: {
      ...REPORT_OPTIONS.assert,
      help: `fail unless the condition holds, such as '${example}<50ms'; may be repeated; ` +
        `metrics: ${metrics}`,
    },
  } as typeof REPORT_OPTIONS;
}
