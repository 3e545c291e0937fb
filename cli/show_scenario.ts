import {
  type BenchmarkObservers,
  checkScenario,
  limitsText,
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
import { needsHint, printHint, type Tried } from "./bench_hint.ts";
import { checkDescriptors, exitWith } from "./bench_run.ts";
import { type Outcome, prepareSeries, runSeries, type SeriesOptions } from "./bench_series.ts";
import { refusing, TO_BE_STARTED } from "./bench_traffic.ts";
import { type LoadedServerTable, serverToLoad } from "./load_target.ts";
import type { Settings } from "./options/settings.ts";
import { startOwnServer } from "./own_server.ts";
import { checkProcess, watchOf } from "./proc_files.ts";
import { interruptible } from "./signals.ts";
import { loadedServer } from "./started_server.ts";

/** The options of every scenario besides those of its load. */
interface GivenOptions<Result> extends SeriesOptions<Result> {
  /** Default: `json`, because the scenario needs a hubbub server. */
  readonly profile?: ProfileName;
  /** The process of the server, to be measured. Default: that of a server that was started. */
  readonly pid?: number | undefined;
}

/** How a scenario that loads a server is run and shown. */
export interface ServerScenarioShow<Name extends keyof Scenarios> {
  readonly name: Name;
  readonly given: GivenOptions<Scenarios[Name]["result"]>;
  /** Maximum number of connections at the same time. */
  readonly connections: number;
  /** The second line of the header. */
  readonly load: string;
  readonly options: (target: Target) => Scenarios[Name]["options"];
  readonly report: (result: Scenarios[Name]["result"]) => Report;
}

/** How a scenario is run and shown. */
export interface ScenarioShow<Name extends keyof Scenarios>
  extends Pick<ServerScenarioShow<Name>, "name" | "given" | "report"> {
  /** Printed before each run, unless the output is JSON. */
  readonly header: string;
  /** The options that compared runs must share. */
  readonly options: Partial<Scenarios[Name]["options"]>;
  readonly run: (observers: BenchmarkObservers) => Promise<Scenarios[Name]["result"]>;
  /** How the server was addressed, for a hint. */
  readonly tried?: Pick<Tried, "target" | "scenario" | "profile"> | undefined;
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
          await printHint({ ...tried, takesTemplates: false });
        },
      }],
      report: (result) => hasLoad(result) ? withHealth(report(result), result) : report(result),
    }),
  );
}

/** Whether any connection was opened, and joined if the scenario has a join. */
function hasLoad({ connected = 0, joined = connected }: Outcome): boolean {
  return joined !== 0;
}

/**
 * Runs a scenario with the named server, or one that it starts, and ends the program with its exit
 * code. Ctrl+C ends the run.
 *
 * @param settings name the server, together with `words`.
 */
export async function showServerScenario<Name extends keyof Scenarios>(
  settings: Settings<LoadedServerTable>,
  words: readonly string[],
  { name, given, connections, load, options, report }: ServerScenarioShow<Name>,
): Promise<void> {
  const { profile, pid } = given;
  const named = serverToLoad(settings, [words[0], words[1]]);
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
