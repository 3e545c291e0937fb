import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import {
  type BenchmarkObservers,
  checkScenario,
  DEFAULTS,
  limitsText,
  type Metrics,
  type ProfileName,
  readServerLimits,
  type Report,
  runScenario,
  type Scenarios,
  type Target,
  targetText,
  withHealth,
} from "../bench/mod.ts";
import { SCENARIOS } from "../bench/scenarios/mod.ts";
import { needsHint, tellHint, type Tried } from "./bench_hint.ts";
import { checkDescriptors, exitWith } from "./bench_run.ts";
import { type Outcome, prepareSeries, runSeries, type SeriesOptions } from "./bench_series.ts";
import { refusing, TO_BE_STARTED } from "./bench_traffic.ts";
import { assertionsOf, count, PROFILE_NAMES } from "./bench_values.ts";
import { startOwnServer } from "./own_server.ts";
import { checkProcess, watchOf } from "./proc_files.ts";
import { interruptible } from "./signals.ts";
import { choice, duration, integer } from "./options/values.ts";
import { namedServer } from "./load_target.ts";
import type { AddressWords } from "./server_target.ts";
import { loadedServer } from "./started_server.ts";

/** The options that the scenarios share. */
export const SCENARIO_OPTIONS = {
  workers: () =>
    new Option("-w, --workers <number>", "threads that share the connections")
      .argParser(count(1, 64)).default(DEFAULTS.workers).env("HUBBUB_WORKERS"),
  repeat: () =>
    new Option("--repeat <number>", "how often to run; the report has medians and their range")
      .argParser(count(1, 100)).default(1).env("HUBBUB_REPEAT"),
  baseline: () =>
    new Option(
      "--baseline <file>",
      "compare with what --json printed before; exit code 1 if it is worse beyond noise",
    ).env("HUBBUB_BASELINE"),
  profile: () =>
    new Option("--profile <name>", "how the server is spoken to")
      .choices(PROFILE_NAMES).argParser(choice(PROFILE_NAMES))
      .default(DEFAULTS.profile).env("HUBBUB_PROFILE"),
  timeout: () =>
    new Option("-t, --timeout <time>", "how long joining, or a delivery, may take")
      .argParser(duration(100, 3_600_000))
      .default(DEFAULTS.timeoutSeconds * 1000, `${DEFAULTS.timeoutSeconds}s`)
      .env("HUBBUB_TIMEOUT"),
  json: () =>
    new Option("-j, --json", "print one JSON object on standard output, and nothing else")
      .env("HUBBUB_JSON"),
  liveJson: () =>
    new Option("--live-json", "print a JSON object each second, and at the end that of --json")
      .env("HUBBUB_LIVE_JSON"),
  assert: <Result>(metrics: Metrics<Result>) =>
    new Option(
      "--assert <condition>",
      `fail unless it holds, such as '${Object.keys(metrics)[0]}<50ms'; may be repeated; of ` +
        Object.keys(metrics).join(" "),
    ).argParser(assertionsOf(metrics)).env("HUBBUB_ASSERT"),
  pid: () =>
    new Option("--pid <number>", "watch the CPU and memory of this process of the server (Linux)")
      .argParser(integer(1, 4_194_304)).env("HUBBUB_PID"),
  html: () =>
    new Option("--html <file>", "write a page with the report, which needs nothing else")
      .env("HUBBUB_HTML"),
  noProgress: () => new Option("-n, --no-progress", "show no progress").env("HUBBUB_NO_PROGRESS"),
};

/** The options that every scenario has beside those of its load. */
interface GivenOptions<Result> extends SeriesOptions<Result> {
  /** Default: `json`, because the scenario needs a hubbub server. */
  readonly profile?: ProfileName;
  /** The server's process, to be watched. Default: that of a server that was started. */
  readonly pid?: number | undefined;
}

/** How a scenario that loads a server is run and shown. */
export interface ServerScenarioShow<Name extends keyof Scenarios> {
  readonly name: Name;
  readonly given: GivenOptions<Scenarios[Name]["result"]>;
  /** Connections that are open at the same time, at most. */
  readonly connections: number;
  /** The load, in the words of the second line of the header. */
  readonly load: string;
  readonly options: (target: Target) => Scenarios[Name]["options"];
  readonly report: (result: Scenarios[Name]["result"]) => Report;
}

/** How a scenario is run and shown. */
export interface ScenarioShow<Name extends keyof Scenarios>
  extends Pick<ServerScenarioShow<Name>, "name" | "given" | "report"> {
  /** Printed before each run, unless it is JSON that is wanted. */
  readonly header: string;
  /** The options, as far as runs to be compared must have the same. */
  readonly options: Partial<Scenarios[Name]["options"]>;
  readonly run: (observers: BenchmarkObservers) => Promise<Scenarios[Name]["result"]>;
  /** How the server was spoken to, where that may be the wrong way. */
  readonly tried?: Pick<Tried, "target" | "scenario" | "profile"> | undefined;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** Runs a scenario, prints its report and ends the program with its exit code. */
export async function showScenario<Name extends keyof Scenarios>(
  { name, given, header, options, run, report, tried, signal }: ScenarioShow<Name>,
): Promise<void> {
  const { figures, load } = SCENARIOS[name];
  const fields = Object.fromEntries(load.map((field) => {
    const value: unknown = (options as Record<string, unknown>)[field];
    return [field, value ?? null];
  }));
  const before = await prepareSeries(given, { scenario: name, ...fields }, figures);
  exitWith(
    await runSeries<Scenarios[Name]["result"]>({
      ...{ options: given, figures, before, signal },
      sides: [{
        header: () => Promise.resolve(header),
        run,
        async hint(runs) {
          if (tried === undefined || !runs.some(needsHint)) return;
          await tellHint({ ...tried, takesTemplates: false });
        },
      }],
      report: (result) => hasJoined(result) ? withHealth(report(result), result) : report(result),
    }),
  );
}

/** Whether any connection came in, where there are some. */
function hasJoined({ connected, joined = connected }: Outcome): boolean {
  return joined !== 0;
}

/**
 * Runs a scenario on the server that was named, or on one of its own, and ends the program with its
 * exit code. Ctrl+C ends it.
 *
 * @param command its options and `words` name the server.
 */
export async function showServerScenario<Name extends keyof Scenarios>(
  command: CommandUnknownOpts,
  words: AddressWords,
  { name, given, connections, load, options, report }: ServerScenarioShow<Name>,
): Promise<void> {
  const { profile, pid } = given;
  const named = namedServer(command, words);
  refusing(() => checkScenario(name, options(named.target ?? TO_BE_STARTED)));
  checkDescriptors(connections);
  await checkProcess(pid);
  await interruptible(async (signal) => {
    const start = (signal: AbortSignal) => startOwnServer(2 * connections, signal);
    const server = await loadedServer(named, start, signal);
    try {
      const { target } = server;
      const serverLimits = await readServerLimits(target, profile ?? "json");
      await showScenario({
        ...{ name, given, report, signal, options: options(target) },
        header: `Running ${name} @ ${targetText(target)}${limitsText(serverLimits)}\n${load}\n`,
        run: (observers) => {
          const watch = watchOf(pid ?? server.pid, target.port);
          return runScenario(name, options(target), { ...observers, watch, serverLimits });
        },
        tried: profile && { target, profile, scenario: name },
      });
    } finally {
      await server.stop();
    }
  });
}
