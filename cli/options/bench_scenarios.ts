/**
 * The options of the scenarios of `bench` that are subcommands.
 *
 * @module
 */

import {
  ADDRESS_OPTIONS,
  LOAD_OPTIONS,
  LOADED_SERVER_OPTIONS,
  QUESTIONS,
  reportOptions,
  RUN_OPTIONS,
  SERIES_OPTIONS,
  SERVER_ARGUMENTS,
} from "./bench_shared.ts";
import { count, perSecond } from "./bench_values.ts";
import { SERVE_OPTIONS } from "./serve.ts";
import { addressArguments, command, type OptionTable, ungrouped } from "./table.ts";
import { duration } from "./numbers.ts";
import { list } from "./values.ts";

/** The metrics of each scenario, for `--assert`. */
export const METRIC_NAMES = {
  rounds: "p50 p99 mean lost cutoff skipped corrupted duplicated reordered misdelivered " +
    "received joined errors",
  connect: "p50 p99 max mean connect.p50 connect.p99 connect.max connect.mean greet.p50 " +
    "greet.p99 greet.max greet.mean connected greeted joined errors",
  backlog: "max held connected greeted refused timedout overflows errors",
  churn: "p50 p99 max mean quiet.p50 quiet.p99 quiet.max quiet.mean join.p50 join.p99 join.max " +
    "join.mean lost cutoff skipped corrupted duplicated reordered misdelivered received " +
    "joined churn.joined churn.failed errors",
  rooms: "p50 p99 max mean lost cutoff skipped corrupted duplicated reordered misdelivered " +
    "received messages joined errors",
  stall: "p50 p99 max mean before.p50 before.p99 before.max before.mean lost cutoff skipped " +
    "corrupted duplicated reordered misdelivered received stalled.skipped stalled.lost " +
    "disconnected messages joined errors",
  restart: "p50 p99 max mean down allback lost cutoff skipped corrupted duplicated reordered " +
    "misdelivered received back attempts joined errors",
  codec: "p50 p99 mean text.encode text.decode json.encode json.decode length.encode " +
    "length.decode",
} as const;

const { connections, payload, rate } = LOAD_OPTIONS;

const SENDERS = {
  senders: {
    takes: "value",
    short: "-s",
    placeholder: "<number>",
    help: "number of connections that send",
    default: "4",
    parse: count(1, 10_000),
  },
} as const satisfies OptionTable;

const BENCH_ROUNDS = command({
  name: "rounds",
  summary: "time until all receivers have a message, by number of clients",
  description:
    `${QUESTIONS.rounds} One client sends, the others receive; the next message is sent when all ` +
    "have received the last one. Measured by tinybench, one task for each number. Without a target it " +
    "starts a server.",
  arguments: SERVER_ARGUMENTS,
  options: {
    ...LOADED_SERVER_OPTIONS,
    sizes: {
      takes: "value",
      placeholder: "<numbers>",
      help: "numbers of receivers, separated by commas",
      default: "1,8,32,128,512",
      parse: list(count(1, 100_000)),
    },
    duration: {
      ...LOAD_OPTIONS.duration,
      help: "how long to measure each number of receivers",
      default: "2s",
      parse: duration(100, 3_600_000),
    },
    payload,
    ...RUN_OPTIONS,
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.rounds),
  },
});

const BENCH_CONNECT = command({
  name: "connect",
  summary: "open many connections: how many join, and how fast",
  description:
    `${QUESTIONS.connect} Counts connections that are connected (by TCP), greeted (the server has ` +
    "sent something) and joined, each with its latency from the start of the connection. Without " +
    "a target it starts a server.",
  arguments: SERVER_ARGUMENTS,
  options: {
    ...LOADED_SERVER_OPTIONS,
    connections,
    "connect-rate": { ...LOAD_OPTIONS["connect-rate"], without: "all at once" },
    ...RUN_OPTIONS,
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.connect),
  },
});

const BENCH_BACKLOG = command({
  name: "backlog",
  summary: "a full accept queue: what happens to client 129?",
  description:
    `${QUESTIONS.backlog} A listener with the given backlog accepts no connections for some ` +
    "seconds, and all clients connect at once. Reports how many connections the queue held, when the " +
    "others connected, and the counters of the system. With a target, only the connections are " +
    "measured.",
  arguments: addressArguments("another listener; default: one that bench starts"),
  options: {
    ...ADDRESS_OPTIONS,
    backlog: ungrouped(SERVE_OPTIONS.backlog),
    connections: { ...connections, help: "clients that connect at once", default: "300" },
    hold: {
      takes: "value",
      placeholder: "<time>",
      help: "how long the listener accepts no connections",
      default: "2.5s",
      parse: duration(100, 600_000),
    },
    timeout: {
      ...RUN_OPTIONS.timeout,
      help: "maximum time to connect, and to receive the first bytes from the listener",
    },
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.backlog),
  },
});

const BENCH_CHURN = command({
  name: "churn",
  summary: "clients join and leave while others chat",
  description:
    `${QUESTIONS.churn} Some connections stay and send, and every delivery to them is checked. After ` +
    "a quarter of the time, other clients start to join and leave. Without a target it starts a " +
    "server.",
  arguments: SERVER_ARGUMENTS,
  options: {
    ...LOADED_SERVER_OPTIONS,
    connections: {
      ...connections,
      help: "connections that stay",
      default: "64",
      parse: count(2, 100_000),
    },
    senders: { ...SENDERS.senders, parse: count(1, 1000) },
    rate: { ...rate, default: "200/s" },
    "churn-rate": {
      takes: "value",
      placeholder: "<number/s>",
      help: "joins per second, such as 20/s",
      default: "20/s",
      parse: perSecond(10_000),
    },
    stay: {
      takes: "value",
      placeholder: "<time>",
      help: "how long each joining client stays",
      default: "500ms",
      parse: duration(0, 600_000),
    },
    duration: { ...LOAD_OPTIONS.duration, help: "total time" },
    payload,
    ...RUN_OPTIONS,
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.churn),
  },
});

const BENCH_ROOMS = command({
  name: "rooms",
  summary: "many rooms: is every message delivered to the right one?",
  description:
    `${QUESTIONS.rooms} The members are split evenly, one in each room sends, and every delivery is ` +
    "checked. It uses hubbub's JSON lines. Without a target it starts a server.",
  arguments: SERVER_ARGUMENTS,
  options: {
    ...LOADED_SERVER_OPTIONS,
    rooms: {
      takes: "value",
      placeholder: "<number>",
      help: "number of rooms",
      default: "16",
      variables: ["HUBBUB_BENCH_ROOMS"],
      parse: count(1, 1000),
    },
    "rooms-per-client": {
      takes: "value",
      placeholder: "<number>",
      help: "rooms of each member: the rooms are divided into sets of that many",
      default: "1",
      parse: count(1, 1000),
    },
    connections: {
      ...connections,
      help: "number of members in all rooms together",
      parse: count(2, 100_000),
    },
    rate: { ...rate, help: "messages per second of all rooms, such as 200/s", default: "200/s" },
    duration: LOAD_OPTIONS.duration,
    payload,
    timeout: RUN_OPTIONS.timeout,
    pid: RUN_OPTIONS.pid,
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.rooms),
  },
});

const BENCH_STALL = command({
  name: "stall",
  summary: "some clients stop reading: are the others affected?",
  description:
    `${QUESTIONS.stall} First all clients read. Then some stop reading for the same time, while the ` +
    "others continue; at the end they read again. The others must lose no message. For the stalled " +
    "clients, the report counts messages that were received, that the server reported as skipped, " +
    "and that were lost. Without a target it starts a server.",
  arguments: SERVER_ARGUMENTS,
  options: {
    ...LOADED_SERVER_OPTIONS,
    connections: {
      ...connections,
      help: "number of members, stalled ones included",
      default: "16",
      parse: count(3, 1_000_000),
    },
    stalled: {
      takes: "value",
      placeholder: "<number>",
      help: "number of members that stop reading; they do not send",
      default: "4",
      parse: count(1, 1_000_000),
    },
    senders: { ...SENDERS.senders, help: "number of senders among the others" },
    rate: { ...rate, default: "4000/s" },
    payload: { ...payload, default: "1024" },
    duration: {
      ...LOAD_OPTIONS.duration,
      help: "duration of each part: all clients read, some do not",
      default: "5s",
    },
    ...RUN_OPTIONS,
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.stall),
  },
});

const BENCH_RESTART = command({
  name: "restart",
  summary: "the server is killed and restarted: when do clients reconnect, what is lost?",
  description:
    `${QUESTIONS.restart} Starts a server, kills it while clients send, and starts another one at the ` +
    "same port. Each client tries to reconnect as soon as its connection closes. When all have " +
    "reconnected they send again, and none of these messages may be lost.",
  refusal: "Cannot restart another server: bench restart kills the server that it has started. " +
    "Give no address and no command.",
  options: {
    connections: {
      ...connections,
      help: "number of members",
      default: "64",
      parse: count(2, 1_000_000),
    },
    ...SENDERS,
    rate: { ...rate, default: "500/s" },
    down: {
      takes: "value",
      placeholder: "<time>",
      help: "time from the kill to the start of the new server",
      default: "1s",
      parse: duration(0, 600_000),
    },
    retry: {
      takes: "value",
      placeholder: "<time>",
      help: "time between two attempts of a member to reconnect",
      default: "100ms",
      parse: duration(10, 60_000),
    },
    payload,
    duration: {
      ...LOAD_OPTIONS.duration,
      help: "how long to send before the restart, and again after it",
      default: "3s",
    },
    profile: RUN_OPTIONS.profile,
    timeout: RUN_OPTIONS.timeout,
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.restart),
  },
});

const BENCH_CODEC = command({
  name: "codec",
  summary: "the time to encode or decode a message in hubbub's codecs",
  description:
    `${QUESTIONS.codec} Text lines, JSON lines and length-prefixed JSON, each measured by tinybench. ` +
    "No server is needed.",
  refusal:
    "Cannot use a server for codec: it opens no connections. Give no address and no command.",
  options: {
    duration: {
      ...LOAD_OPTIONS.duration,
      help: "how long to measure each codec",
      default: "1s",
      parse: duration(10, 3_600_000),
    },
    payload: {
      ...payload,
      help: "length of the text of a message, 1 to 4096",
      parse: count(1, 4096),
    },
    ...SERIES_OPTIONS,
    ...reportOptions(METRIC_NAMES.codec),
  },
});

/** The scenarios, in the order of the list of completions. */
export const BENCH_SCENARIOS = {
  connect: BENCH_CONNECT,
  backlog: BENCH_BACKLOG,
  rounds: BENCH_ROUNDS,
  codec: BENCH_CODEC,
  churn: BENCH_CHURN,
  rooms: BENCH_ROOMS,
  stall: BENCH_STALL,
  restart: BENCH_RESTART,
} as const;
