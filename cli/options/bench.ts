/**
 * The options of `bench` for the scenarios `broadcast` and `echo`, and of `bench report`.
 *
 * @module
 */

import { PAYLOAD_KINDS } from "../../bench/ledger/padding.ts";
import { VERIFICATIONS } from "../../bench/ledger/payload_codec.ts";
import {
  LOAD_OPTIONS,
  LOADED_SERVER_OPTIONS,
  QUESTIONS,
  REPORT_OPTIONS,
  RUN_OPTIONS,
  SERIES_OPTIONS,
} from "./bench_shared.ts";
import { count, MESSAGE_RATES, messageRate, ramp } from "./bench_values.ts";
import { addressArguments, command, inGroup, type ValuesOf } from "./table.ts";
import { duration, integer } from "./numbers.ts";
import { choice, nonEmpty, path, text } from "./values.ts";
import { SUMMARIES } from "./summaries.ts";

/** The scenarios without a subcommand of their own. */
export const TRAFFIC_SCENARIOS = ["broadcast", "echo"] as const;

const LIST = Object.entries(QUESTIONS)
  .map(([name, question]) => `  ${name.padEnd(10)} ${question}`).join("\n");

const { connections, "connect-rate": connectRate, payload, rate } = LOAD_OPTIONS;

const FIND_LIMIT_CONFLICTS: readonly string[] = [
  ...["rate", "ramp", "amount", "assert"],
  ...["pid", "repeat", "baseline", "versus", "latency"],
];

/** `hubbub bench`, with the scenarios `broadcast` and `echo`. */
export const BENCH = command({
  name: "bench",
  summary: SUMMARIES.bench,
  description:
    `Connects clients to a server, sends messages and checks every delivery. Without a target it ` +
    `starts a server.

Scenarios:
${LIST}

Saved results:
  report     How do the results that --json has printed differ?

The server is an address or URL in any form (host:port, host port, http://,
https://, ws://, wss://), unix:PATH, or a command after -- that starts it:
{port} in the command is replaced by a free port. restart takes no server, since
it kills one of its own; codec needs none. Numbers may be written as 1k or 2M.

The options below are those of broadcast and echo. The other scenarios have
their own: hubbub bench connect --help`,
  usage: "[scenario] [host[:port]] [port] [options] [-- command]",
  arguments: [
    {
      usage: "[scenario]",
      help: "one of the scenarios above; default: broadcast",
      choices: TRAFFIC_SCENARIOS,
      parse: text,
    },
    ...addressArguments(
      "the server to load, started with --rate off if it is hubbub; default: one that " +
        "bench starts",
    ),
  ],
  options: {
    ...inGroup("Clients:", {
      ...LOADED_SERVER_OPTIONS,
      connections,
      "connect-rate": {
        ...connectRate,
        help: "connections opened per second; default: no limit, 64 at a time",
      },
      senders: {
        takes: "value",
        short: "-s",
        placeholder: "<number>",
        help: "number of connections that send; default: 8, for echo all",
        parse: count(1, 100_000),
      },
      payload,
      "payload-kind": {
        takes: "value",
        placeholder: "<kind>",
        help: "content of the messages; random only for echo, line, nats, redis",
        default: "letters",
        parse: choice(PAYLOAD_KINDS),
      },
      "payload-file": {
        takes: "value",
        placeholder: "<file>",
        help: "take the content of the messages from this UTF-8 file",
        conflicts: ["payload-kind"],
        parse: path,
      },
      verify: {
        takes: "value",
        placeholder: "<which>",
        help: "compare all deliveries byte by byte, or a sample of 1 in 16",
        default: "all",
        parse: choice(VERIFICATIONS),
      },
      profile: {
        ...withoutDefault(RUN_OPTIONS.profile),
        help: "protocol of the server; default: json, for echo echo",
      },
      login: {
        takes: "value",
        placeholder: "<text>",
        help: "profile line: text that joins, such as '{name}\\n'",
        parse: text,
      },
      message: {
        takes: "value",
        placeholder: "<text>",
        help: "profile line: text that sends a message, such as '{text}\\n'",
        parse: text,
      },
      welcome: {
        takes: "value",
        placeholder: "<text>",
        help: "profile line: text that confirms a join; '' for none",
        parse: text,
      },
      "own-messages": {
        takes: "flag",
        help: "profile line: ignore messages that the server returns to their sender",
      },
    }),
    ...inGroup("Pace:", {
      rate: {
        ...rate,
        help:
          "messages per second of all senders together, sent on schedule; default: each sender " +
          "sends when all receivers have an earlier message",
        parse: messageRate,
      },
      ramp: {
        takes: "value",
        placeholder: "<from:to/s@time>",
        help: "a rate that rises or falls, such as 0:1000/s@30s",
        conflicts: ["rate"],
        parse: ramp,
      },
      pipelining: {
        takes: "value",
        short: "-p",
        placeholder: "<number>",
        help: "messages in flight for each sender, without --rate",
        default: "1",
        conflicts: ["rate", "ramp", "find-limit"],
        parse: count(1, 65_536),
      },
      "find-limit": {
        takes: "list",
        placeholder: "<conditions>",
        help: "find the highest rate that meets them, such as 'p99<50ms,lost=0', with runs of " +
          "--duration (default: 3s)",
        conflicts: FIND_LIMIT_CONFLICTS,
        parse: text,
      },
      "find-from": {
        takes: "value",
        placeholder: "<number/s>",
        help: "first rate of --find-limit",
        default: "100/s",
        parse: messageRate,
      },
      "find-to": {
        takes: "value",
        placeholder: "<number/s>",
        help: "highest rate of --find-limit",
        default: `${MESSAGE_RATES.most}/s`,
        parse: messageRate,
      },
    }),
    ...inGroup("Run:", {
      duration: {
        ...withoutDefault(LOAD_OPTIONS.duration),
        help: "how long to send, such as 10s or 1m; default: 10s, or the time of --ramp",
      },
      amount: {
        takes: "value",
        short: "-a",
        placeholder: "<number>",
        help: "number of messages to send, instead of a duration",
        parse: count(1, 1_000_000_000),
      },
      workers: SERIES_OPTIONS.workers,
      "warm-up": {
        takes: "value",
        short: "-W",
        placeholder: "<time>",
        help: "how long to send before measuring",
        parse: duration(100, 86_400_000),
      },
      seed: {
        takes: "value",
        placeholder: "<number>",
        help: "seed of names and payloads; equal seeds give equal ones",
        parse: integer(0, 2 ** 32 - 1),
      },
      timeout: RUN_OPTIONS.timeout,
    }),
    ...inGroup("Report:", {
      json: REPORT_OPTIONS.json,
      "live-json": REPORT_OPTIONS["live-json"],
      latency: {
        takes: "flag",
        short: "-l",
        help: "print the latency at fifteen percentiles, 0.001% to 99.999%",
      },
      assert: {
        ...REPORT_OPTIONS.assert,
        help: "fail unless the condition holds, such as 'p99<50ms'; may be repeated",
      },
      csv: {
        takes: "value",
        placeholder: "<file>",
        help: "write the figures of each second, or of each rate of --find-limit, as " +
          "comma-separated values",
        parse: path,
      },
      html: {
        ...REPORT_OPTIONS.html,
        help: "write a self-contained page with charts and tables",
      },
      pid: {
        ...RUN_OPTIONS.pid,
        help: "measure the memory, CPU, descriptors and accept queue of this server process " +
          "(Linux); default: the server that bench starts",
      },
      repeat: SERIES_OPTIONS.repeat,
      baseline: SERIES_OPTIONS.baseline,
      versus: {
        takes: "value",
        placeholder: "<host:port>",
        help: "also load this server, in turns, and compare the two",
        conflicts: ["baseline"],
        parse: nonEmpty,
      },
      progress: REPORT_OPTIONS.progress,
    }),
  },
  notes: `Examples:
  What does hubbub deliver on this machine? (starts a server; 8 of 128 send)
    hubbub bench broadcast
  How long do 500 users wait for a message at 1000 messages per second?
    hubbub bench broadcast localhost:8080 -c 500 -R 1000
  How many messages per second does an echo server answer within 50 ms?
    hubbub bench echo localhost:9000 --find-limit 'p99<50ms,lost=0'
  Is it still fast enough, in a script? (exit code 1 if not)
    hubbub bench broadcast -R 500 -d 5s --assert 'last.p99<50ms' --json
  How fast is the server that I am writing? (starts it, and stops it at the end)
    hubbub bench echo -c 10 -- python3 server.py {port}
  And another kind of server?
    hubbub bench broadcast localhost:6667 --profile irc`,
});

/** `hubbub bench report`. */
export const BENCH_REPORT = command({
  name: "report",
  summary: "compare saved results",
  description:
    "Compares saved results of one scenario: their figures, the differences between their loads and " +
    "machines, and with --html their charts. Each file has the output of one bench --json, also with " +
    "--repeat, --versus or --find-limit. Runs of the same load are compared with the first file, as " +
    "with --baseline.",
  usage: "<file> <file> [file...] [options]",
  arguments: [{ usage: "[files...]", help: "two to eight files that bench --json has written" }],
  options: { html: { ...REPORT_OPTIONS.html, help: "write a self-contained page with charts" } },
  notes: `Example:
  hubbub bench broadcast -R 1000 --repeat 5 --json > before.json
  hubbub bench broadcast -R 1000 --repeat 5 --json > after.json
  hubbub bench report before.json after.json --html report.html`,
});

export type BenchValues = ValuesOf<typeof BENCH.options>;

function withoutDefault<Row extends { readonly default?: string }>(
  { default: _, ...row }: Row,
): Omit<Row, "default"> {
  return row;
}
