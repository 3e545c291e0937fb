import { Argument, Command, Option } from "@commander-js/extra-typings";
import {
  type BenchmarkResult,
  DEFAULTS,
  fullOptions,
  type LineTemplates,
  PROFILES,
  renderHeader,
  renderReport,
  runBenchmark,
  SCENARIO_NAMES,
} from "../bench/mod.ts";
import { benchBacklogCommand } from "./bench_backlog.ts";
import { benchConnectCommand } from "./bench_connect.ts";
import { benchChurnCommand } from "./bench_churn.ts";
import { benchCodecCommand } from "./bench_codec.ts";
import { benchRoomsCommand } from "./bench_rooms.ts";
import { benchRoundsCommand } from "./bench_rounds.ts";
import { hasColours, progressLine } from "./bench_run.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { type OwnServer, startOwnServer } from "./own_server.ts";
import { onInterrupt } from "./signals.ts";
import { useFairEventLoop } from "./threads.ts";
import { address, duration, integer, unescaped } from "./values.ts";

/** `hubbub bench`: the load tester. */
export function benchCommand() {
  return new Command("bench")
    .addCommand(benchConnectCommand())
    .addCommand(benchBacklogCommand())
    .addCommand(benchRoundsCommand())
    .addCommand(benchCodecCommand())
    .addCommand(benchChurnCommand())
    .addCommand(benchRoomsCommand())
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
    .description(
      "Fills a chat server with clients, lets some of them talk, and checks that every message " +
        "arrives once and in order. Without a target it starts a server of its own.",
    )
    .addArgument(
      new Argument(
        "<scenario>",
        "what the crowd does: broadcast is N clients in a room, S of them talk",
      )
        .choices(SCENARIO_NAMES),
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .optionsGroup("The crowd:")
    .addOption(
      new Option("-c, --connections <number>", "connections")
        .argParser(integer(2, 1_000_000)).default(DEFAULTS.connections)
        .env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("-s, --senders <number>", "how many of them send")
        .argParser(integer(1, 100_000)).default(DEFAULTS.senders).env("HUBBUB_SENDERS"),
    )
    .addOption(
      new Option("-p, --pipelining <number>", "messages that a sender has in flight")
        .argParser(integer(1, 65_536)).default(DEFAULTS.pipelining).env("HUBBUB_PIPELINING"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(integer(1, 4096)).default(DEFAULTS.payloadBytes).env("HUBBUB_PAYLOAD"),
    )
    .addOption(
      new Option("--profile <name>", "how the server is spoken to")
        .choices(Object.keys(PROFILES) as (keyof typeof PROFILES)[])
        .default(DEFAULTS.profile).env("HUBBUB_PROFILE"),
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
    .optionsGroup("The run:")
    .addOption(
      new Option("-d, --duration <time>", "how long to send, such as 10s or 1m")
        .argParser(duration(100, 86_400_000))
        .default(DEFAULTS.durationSeconds * 1000, `${DEFAULTS.durationSeconds}s`)
        .env("HUBBUB_DURATION"),
    )
    .addOption(
      new Option("-a, --amount <number>", "how many messages to send, instead of a duration")
        .argParser(integer(1, 1_000_000_000)).env("HUBBUB_AMOUNT"),
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
    .addOption(new Option("-n, --no-progress", "show no progress").env("HUBBUB_NO_PROGRESS"))
    .action(async (scenario, first, second, options) => {
      const { amount, json = false } = options;
      const measured = {
        scenario,
        profile: options.profile,
        connections: options.connections,
        senders: options.senders,
        pipelining: options.pipelining,
        payloadBytes: options.payload,
        durationSeconds: options.duration / 1000,
        timeoutSeconds: options.timeout / 1000,
        ...(amount === undefined ? undefined : { amount }),
        ...linesOf(options),
      };
      const target = first === undefined
        ? undefined
        : { host: "127.0.0.1", port: 8080, ...address(first, second) };
      const result = await bench(measured, target, { json, progress: options.progress });
      const exitCode = exitCodeOf(result);
      if (exitCode !== EXIT.done) throw new CliError("", exitCode);
    });
}

/** The templates of the profile `line`, if any is given. */
function linesOf(
  { login, message, welcome }: { login?: string; message?: string; welcome?: string },
): { lines?: LineTemplates } {
  const given = Object.entries({ login, message, welcome }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, unescaped(text)]]
  );
  return given.length === 0 ? {} : { lines: Object.fromEntries(given) };
}

type Measured = Omit<Parameters<typeof runBenchmark>[0], "target">;

/** Runs the benchmark and prints what it found. */
async function bench(
  measured: Measured,
  target: { host: string; port: number } | undefined,
  shows: { json: boolean; progress: boolean },
): Promise<BenchmarkResult> {
  const interrupts = onInterrupt();
  let own: OwnServer | undefined;
  try {
    // Wrong options are told before a server is started for them.
    const checked = checkedOptions({ ...measured, target: target ?? { host: "", port: 0 } });
    own = target === undefined ? await startOwnServer(checked.connections) : undefined;
    const { host, port } = target ?? own!;
    const options = { ...checked, target: { host, port } };
    if (!shows.json) console.log(renderHeader(options).trimEnd());
    const stop = new AbortController();
    void interrupts.next().then(() => stop.abort());
    const progress = progressLine(shows.progress);
    useFairEventLoop();
    const result = await runBenchmark(options, {
      onProgress: progress.show,
      signal: stop.signal,
    });
    progress.clear();
    if (shows.json) console.log(JSON.stringify(result));
    else console.log(`\n${renderReport(result, { colours: hasColours() }).trim()}`);
    return result;
  } finally {
    await own?.stop();
    interrupts.dispose();
  }
}

function checkedOptions(options: Parameters<typeof fullOptions>[0]) {
  try {
    return fullOptions(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(`${error.message}.`, EXIT.usage, { cause: error });
  }
}

/** The exit code of a run; why it failed is in its report. */
function exitCodeOf({ interrupted, joined, failures }: BenchmarkResult): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (joined === 0) return EXIT.network;
  return failures.length > 0 ? EXIT.failed : EXIT.done;
}
