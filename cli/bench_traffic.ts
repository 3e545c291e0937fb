import {
  type BenchmarkOptions,
  type BenchmarkResult,
  type FullOptions,
  fullOptions,
  MESSAGE_FIGURES,
  MESSAGE_LOAD,
  readServerLimits,
  renderCsv,
  renderHeader,
  renderReport,
  runBenchmark,
  type Target,
  trafficReport,
} from "../bench/mod.ts";
import { needsHint, printHint } from "./bench_hint.ts";
import { checkDescriptors, textOptions } from "./bench_run.ts";
import { prepareSeries, runSeries, type SeriesOptions, type Side } from "./bench_series.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { type OwnServer, startOwnEchoServer, startOwnServer } from "./own_server.ts";
import { checkProcess, watchOf } from "./proc_files.ts";
import { interruptible } from "./signals.ts";
import { loadedServer, type ServerToLoad } from "./started_server.ts";

/** The load, without its server. */
export type Load = Omit<BenchmarkOptions, "target">;

/** The placeholder for the address of a server that is started after the options were checked. */
export const TO_BE_STARTED: Target = { host: "127.0.0.1", port: 1 };

/** Options for repeating, comparing and showing runs of `broadcast` and `echo`. */
export interface TrafficShow extends SeriesOptions<BenchmarkResult> {
  /** Print the latency at many percentiles. */
  readonly latency: boolean;
  /** The process of the server, to be measured. */
  readonly pid?: number | undefined;
  /** Another server, to compare with. */
  readonly versus?: Target | undefined;
}

/**
 * Loads a server with messages, in one or more runs, and prints the results.
 *
 * @param named the server; without one, a server of its own is started.
 */
export async function benchTraffic(
  load: Load,
  named: ServerToLoad,
  show: TrafficShow,
): Promise<ExitCode> {
  return await interruptible(async (signal) => {
    // Wrong options are reported before a server is started, or a minute spent.
    const checked = refusing(() => fullOptions({ ...load, target: named.target ?? TO_BE_STARTED }));
    checkDescriptors(checked.connections);
    const fields = Object.fromEntries(MESSAGE_LOAD.map((field) => [field, checked[field] ?? null]));
    const before = await prepareSeries(show, fields, MESSAGE_FIGURES);
    await checkProcess(show.pid);
    const server = await loadedServer(named, (signal) => startOwn(checked, signal), signal);
    try {
      const side = (target: Target, pid: number | undefined) => sideOf(load, checked, target, pid);
      return await runSeries({
        ...{ options: show, figures: MESSAGE_FIGURES, before, signal, endsEarly: true },
        sides: [
          side(server.target, show.pid ?? server.pid),
          ...show.versus === undefined ? [] : [side(show.versus, undefined)],
        ],
        report: trafficReport,
        text: (result) => renderReport(result, { ...textOptions(), percentiles: show.latency }),
        csv: renderCsv,
      });
    } finally {
      await server.stop();
    }
  });
}

function sideOf(
  load: Load,
  checked: FullOptions,
  target: Target,
  pid: number | undefined,
): Side<BenchmarkResult> {
  const { scenario, profile, lines } = checked;
  const limits = () => readServerLimits(target, profile);
  return {
    header: async () => renderHeader({ ...checked, target }, await limits()),
    run: async (observers) => {
      const serverLimits = await limits();
      const watch = watchOf(pid, target.port);
      return await runBenchmark({ ...load, target }, { ...observers, serverLimits, watch });
    },
    async hint(runs) {
      if (!runs.some(needsHint)) return;
      await printHint({ target, scenario, profile, lines, takesTemplates: true });
    },
  };
}

export function startOwn(
  { scenario, connections }: FullOptions,
  signal: AbortSignal,
): Promise<OwnServer> {
  return scenario === "echo" ? startOwnEchoServer(signal) : startOwnServer(connections, signal);
}

/**
 * Reports an invalid option as the end of the program.
 *
 * @throws {CliError} in place of a RangeError.
 */
export function refusing<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(`${error.message}.`, EXIT.usage, { cause: error });
  }
}
