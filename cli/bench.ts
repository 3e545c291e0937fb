import { Argument, Command, Option } from "@commander-js/extra-typings";
import {
  DEFAULTS,
  PAYLOAD_KINDS,
  RATES,
  SCENARIO_NAMES,
  TRAFFIC_METRICS,
  VERIFICATIONS,
} from "../bench/mod.ts";
import { benchBacklogCommand } from "./bench_backlog.ts";
import { benchChurnCommand } from "./bench_churn.ts";
import { benchCodecCommand } from "./bench_codec.ts";
import { benchConnectCommand } from "./bench_connect.ts";
import { addBenchHelp } from "./bench_help.ts";
import { linesOf, orderOf, paceOf, payloadOf, profileOf, scenarioOf } from "./bench_load.ts";
import { benchRestartCommand } from "./bench_restart.ts";
import { benchRoomsCommand } from "./bench_rooms.ts";
import { benchRoundsCommand } from "./bench_rounds.ts";
import { exitWith } from "./bench_run.ts";
import { SCENARIO_OPTIONS } from "./bench_trial.ts";
import { benchStallCommand } from "./bench_stall.ts";
import { runSearch } from "./bench_search.ts";
import { benchTraffic } from "./bench_traffic.ts";
import {
  assertionsOf,
  count,
  messageRate,
  perSecond,
  PROFILE_NAMES,
  ramp,
} from "./bench_values.ts";
import { CliError, EXIT } from "./exit.ts";
import { LOADED_SERVER_OPTIONS, loadServer, namedServer } from "./load_target.ts";
import { choice, duration, integer } from "./options/values.ts";

/** `hubbub bench`: the load tester. */
export function benchCommand() {
  const command = new Command("bench");
  addBenchHelp(command);
  return command
    .addCommand(benchConnectCommand())
    .addCommand(benchBacklogCommand())
    .addCommand(benchRoundsCommand())
    .addCommand(benchCodecCommand())
    .addCommand(benchChurnCommand())
    .addCommand(benchRoomsCommand())
    .addCommand(benchStallCommand())
    .addCommand(benchRestartCommand())
    .helpCommand(false)
    .hook("preSubcommand", (bench, scenario) => {
      const early = bench.options.find((option) =>
        bench.getOptionValueSource(option.attributeName()) === "cli"
      );
      if (early === undefined) return;
      throw new CliError(
        `Give ${early.long} after the name of the scenario: bench ${scenario.name()} ${early.long} ...`,
        EXIT.usage,
      );
    })
    .summary("load-test a chat server")
    .addArgument(
      new Argument("[scenario]", "one of those above; default: broadcast")
        .choices(SCENARIO_NAMES)
        .argParser((word: string) => word),
    )
    .argument(
      "[host[:port]]",
      "the server to load, started with --rate off if it is hubbub; default: one of its own",
    )
    .argument("[port]", "the port, after a host")
    .optionsGroup("The crowd:")
    .addOption(LOADED_SERVER_OPTIONS.host())
    .addOption(LOADED_SERVER_OPTIONS.port())
    .addOption(LOADED_SERVER_OPTIONS.tls())
    .addOption(LOADED_SERVER_OPTIONS.serverCommand())
    .addOption(
      new Option("-c, --connections <number>", "connections")
        .argParser(count(1, 1_000_000)).default(DEFAULTS.connections)
        .env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option(
        "--connect-rate <number/s>",
        "connections opened a second; default: 64 at a time, the next when one is made",
      )
        .argParser(perSecond(1_000_000)).env("HUBBUB_CONNECT_RATE"),
    )
    .addOption(
      new Option(
        "-s, --senders <number>",
        `how many of them send; default: ${DEFAULTS.senders}, in echo: all`,
      )
        .argParser(count(1, 100_000)).env("HUBBUB_SENDERS"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(count(1, 4096)).default(DEFAULTS.payloadBytes).env("HUBBUB_PAYLOAD"),
    )
    .addOption(
      new Option(
        "--payload-kind <kind>",
        "what texts are made of; random bytes for echo, line, nats, redis",
      )
        .choices(PAYLOAD_KINDS).argParser(choice(PAYLOAD_KINDS)).default(DEFAULTS.payload.kind).env(
          "HUBBUB_PAYLOAD_KIND",
        ),
    )
    .addOption(
      new Option("--payload-file <file>", "make texts of pieces of this file, in UTF-8")
        .conflicts("payloadKind").env("HUBBUB_PAYLOAD_FILE"),
    )
    .addOption(
      new Option("--verify <which>", "compare all deliveries byte by byte, or a sample: 1 in 16")
        .choices(VERIFICATIONS).argParser(choice(VERIFICATIONS)).default(DEFAULTS.verify).env(
          "HUBBUB_VERIFY",
        ),
    )
    .addOption(
      new Option(
        "--profile <name>",
        `how the server is spoken to; default: ${DEFAULTS.profile}, in echo: echo`,
      )
        .choices(PROFILE_NAMES).argParser(choice(PROFILE_NAMES)).env("HUBBUB_PROFILE"),
    )
    .addOption(
      new Option("--login <text>", "profile line: what joins, such as '{name}\\n'")
        .env("HUBBUB_LOGIN"),
    )
    .addOption(
      new Option("--message <text>", "profile line: what says something, such as '{text}\\n'")
        .env("HUBBUB_MESSAGE"),
    )
    .addOption(
      new Option("--welcome <text>", "profile line: what tells that one has joined; '': nothing")
        .env("HUBBUB_WELCOME"),
    )
    .addOption(
      new Option(
        "--own-messages",
        "profile line: the server sends messages to their sender too; these are passed over",
      )
        .env("HUBBUB_OWN_MESSAGES"),
    )
    .optionsGroup("The pace:")
    .addOption(
      new Option(
        "-R, --rate <number/s>",
        "messages a second of all senders together, each sent when it is due; default: " +
          "as soon as one before has come to everybody",
      )
        .argParser(messageRate)
        .env("HUBBUB_MESSAGE_RATE"),
    )
    .addOption(
      new Option("--ramp <from:to/s@time>", "a rate that rises or falls, such as 0:1000/s@30s")
        .argParser(ramp).conflicts("rate").env("HUBBUB_RAMP"),
    )
    .addOption(
      new Option(
        "-p, --pipelining <number>",
        "messages that a sender has in flight, without --rate",
      )
        .argParser(count(1, 65_536)).default(DEFAULTS.pipelining)
        .conflicts(["rate", "ramp", "findLimit"]).env("HUBBUB_PIPELINING"),
    )
    .addOption(
      new Option(
        "--find-limit <conditions>",
        "find the highest rate at which they hold, such as 'p99<50ms,lost=0', by runs of 3s each " +
          "unless --duration says otherwise",
      ).argParser(assertionsOf(TRAFFIC_METRICS)).conflicts([
        ...["rate", "ramp", "amount", "assert"],
        ...["pid", "repeat", "baseline", "versus", "latency"],
      ])
        .env("HUBBUB_FIND_LIMIT"),
    )
    .addOption(
      new Option("--find-from <number/s>", "the first rate that is tried")
        .argParser(messageRate).default(100, "100/s").env("HUBBUB_FIND_FROM"),
    )
    .addOption(
      new Option("--find-to <number/s>", "the highest rate that is tried")
        .argParser(messageRate).default(RATES.most, `${RATES.most}/s`).env("HUBBUB_FIND_TO"),
    )
    .optionsGroup("The run:")
    .addOption(
      new Option(
        "-d, --duration <time>",
        `how long to send, such as 10s or 1m; default: ${DEFAULTS.durationSeconds}s, or the time of --ramp`,
      )
        .argParser(duration(100, 86_400_000))
        .env("HUBBUB_DURATION"),
    )
    .addOption(
      new Option("-a, --amount <number>", "how many messages to send, instead of a duration")
        .argParser(count(1, 1_000_000_000)).env("HUBBUB_AMOUNT"),
    )
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(
      new Option("-W, --warm-up <time>", "how long to send before, without counting it")
        .argParser(duration(100, 86_400_000)).env("HUBBUB_WARM_UP"),
    )
    .addOption(
      new Option("--seed <number>", "choose names and payloads by this, the same ones every time")
        .argParser(integer(0, 2 ** 32 - 1)).env("HUBBUB_SEED"),
    )
    .addOption(
      new Option("-t, --timeout <time>", "how long joining, or a delivery, may take")
        .argParser(duration(100, 3_600_000))
        .default(DEFAULTS.timeoutSeconds * 1000, `${DEFAULTS.timeoutSeconds}s`)
        .env("HUBBUB_TIMEOUT"),
    )
    .optionsGroup("The report:")
    .addOption(
      new Option("-j, --json", "print one JSON object on standard output, and nothing else")
        .env("HUBBUB_JSON"),
    )
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(
      new Option("-l, --latency", "print the latency at fifteen percentiles, 0.001% to 99.999%")
        .env("HUBBUB_LATENCY"),
    )
    .addOption(
      new Option(
        "--assert <condition>",
        "fail unless it holds, such as 'p99<50ms'; may be repeated",
      )
        .argParser(assertionsOf(TRAFFIC_METRICS)).env("HUBBUB_ASSERT"),
    )
    .addOption(
      new Option(
        "--csv <file>",
        "write the run second by second, or the rates of --find-limit, as comma-separated values",
      )
        .env("HUBBUB_CSV"),
    )
    .addOption(
      new Option("--html <file>", "write a page with charts and tables, which needs nothing else")
        .env("HUBBUB_HTML"),
    )
    .addOption(
      new Option(
        "--pid <number>",
        "watch the memory, CPU, descriptors and accept queue of this process of the server " +
          "(Linux); a server that bench starts is watched anyway",
      ).argParser(integer(1, 4_194_304)).env("HUBBUB_PID"),
    )
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(
      new Option(
        "--versus <host:port>",
        "put the same load on another server too, in turns, and compare the two",
      ).argParser(loadServer).conflicts("baseline").env("HUBBUB_VERSUS"),
    )
    .addOption(new Option("-n, --no-progress", "show no progress").env("HUBBUB_NO_PROGRESS"))
    .action(async (word, ...[first, second, options, command]) => {
      const [scenario, words] = scenarioOf([word, first, second]);
      const { amount, liveJson = false, json = liveJson } = options;
      for (const name of ["findFrom", "findTo"] as const) {
        if (options.findLimit !== undefined || isDefault(command, name)) continue;
        const word = name === "findFrom" ? "--find-from" : "--find-to";
        throw new CliError(`Cannot use ${word} without --find-limit.`, EXIT.usage);
      }
      const measured = {
        scenario,
        ...profileOf(options.profile, words),
        connections: options.connections,
        ...(options.connectRate === undefined ? undefined : { connectRate: options.connectRate }),
        ...(options.senders === undefined ? undefined : { senders: options.senders }),
        pipelining: options.pipelining,
        payloadBytes: options.payload,
        payload: await payloadOf(options.payloadFile, options.payloadKind),
        verify: options.verify,
        ...orderOf([...options.assert ?? [], ...options.findLimit ?? []]),
        ...(options.duration === undefined
          ? undefined
          : { durationSeconds: options.duration / 1000 }),
        ...(options.warmUp === undefined ? undefined : { warmUpSeconds: options.warmUp / 1000 }),
        ...(options.seed === undefined ? undefined : { seed: options.seed }),
        workers: options.workers,
        timeoutSeconds: options.timeout / 1000,
        ...(amount === undefined ? undefined : { amount }),
        ...paceOf(options),
        ...linesOf(options),
      };
      const target = namedServer(command, words);
      const files = { csv: options.csv, html: options.html };
      const { findLimit: assertions, findFrom: from, findTo: to, progress } = options;
      if (assertions !== undefined) {
        exitWith(
          await runSearch(measured, target, {
            ...{ json, liveJson, progress, files, assertions, from, to },
          }),
        );
        return;
      }
      exitWith(
        await benchTraffic(measured, target, options),
      );
    });
}

function isDefault(command: { getOptionValueSource(name: string): unknown }, option: string) {
  return command.getOptionValueSource(option) === "default";
}
