import {
  type Assertion,
  type BenchmarkOptions,
  type BenchmarkResult,
  checkSameLoad,
  compareRuns,
  comparisonTable,
  type FullOptions,
  fullOptions,
  namesOf,
  parseBaseline,
  readServerLimits,
  renderCsv,
  renderHeader,
  renderReport,
  renderText,
  runBenchmark,
  type RunSeries,
  seriesFailures,
  seriesReport,
  spreadTable,
  type Target,
  withAssertions,
  worseSentences,
} from "../bench/mod.ts";
import { needsHint, tellHint } from "./bench_hint.ts";
import { HopelessAssertions } from "./hopeless_assertions.ts";
import { prepareReports, type ReportFiles, writeReports } from "./bench_reports.ts";
import { checkDescriptors, printJson, progressLine, textOptions } from "./bench_run.ts";
import { CliError, EXIT, type ExitCode, fileFault } from "./exit.ts";
import {
  type OwnServer,
  startOwnEchoServer,
  startOwnServer,
  useFairEventLoop,
} from "./own_server.ts";
import { checkProcess, watchOf } from "./proc_files.ts";
import { interruptible } from "./signals.ts";
import { type LoadedServer, loadedServer, type NamedServer } from "./started_server.ts";
import { print } from "./standard_streams.ts";

/** What is measured, wherever the server is. */
export type Load = Omit<BenchmarkOptions, "target">;

/** Stands for the address of a server that is started once the options are found to be right. */
export const TO_BE_STARTED: Target = { host: "127.0.0.1", port: 1 };

/** How runs are repeated, compared and told. */
export interface Telling {
  readonly json: boolean;
  /** Print a line of JSON for every step of the progress. */
  readonly liveJson: boolean;
  readonly progress: boolean;
  readonly files: ReportFiles;
  /** Show the latency at many percentiles. */
  readonly percentiles: boolean;
  /** What must hold. */
  readonly assertions: readonly Assertion[];
  /** The server's process, to be watched. */
  readonly pid: number | undefined;
  readonly repeat: number;
  /** A file with runs to compare with. */
  readonly baseline: string | undefined;
  /** Another server, to compare with. */
  readonly versus: Target | undefined;
}

/**
 * Puts a load on a server, as often as is wanted, and prints what was found.
 *
 * @param named the server; without one, a server of its own is started.
 */
export async function benchTraffic(
  load: Load,
  named: NamedServer,
  telling: Telling,
): Promise<ExitCode> {
  return await interruptible(async (signal) => {
    let server: LoadedServer | undefined;
    try {
      // Whatever is wrong with the options is told before a server is started, or a minute spent.
      const checked = checkedOptions({ ...load, target: named.target ?? TO_BE_STARTED });
      checkDescriptors(checked.connections);
      const before = await readBaseline(telling.baseline, checked);
      await prepareReports(telling.files);
      await checkProcess(telling.pid);
      server = await loadedServer(named, (signal) => startOwn(checked, signal), signal);
      const { target, pid } = server;
      useFairEventLoop();
      const measure = (address: Target, pid: number | undefined) =>
        run(load, checked, address, pid, telling, signal);
      const runs: BenchmarkResult[] = [];
      const others: BenchmarkResult[] = [];
      const sides = [
        async () => void runs.push(await measure(target, telling.pid ?? pid)),
        ...telling.versus === undefined
          ? []
          : [async () => void others.push(await measure(telling.versus!, undefined))],
      ];
      for (let round = 0; round < telling.repeat && !signal.aborted; round++) {
        // Whoever goes first has a cooler machine: they take turns in that, too.
        for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
          if (!signal.aborted) await side();
        }
      }
      const figures = others.length > 0
        ? compareRuns(others, runs)
        : before !== undefined
        ? compareRuns(before, runs)
        : [];
      const isAgainstBaseline = telling.baseline !== undefined;
      const series = { runs, others, figures, isAgainstBaseline };
      tellSeries(series, telling);
      // Behind what is told: a disk that is full by now takes the files, and not the figures.
      await writeReports(telling.files, seriesReport(series), () => renderCsv(runs, others));
      await tellHints(checked, runs, target);
      if (telling.versus !== undefined) await tellHints(checked, others, telling.versus);
      const codes = [...runs, ...others].map(exitCodeOf);
      const isWorse = telling.baseline !== undefined &&
        figures.some(({ verdict }) => verdict === "worse");
      return codes.find((code) => code !== EXIT.done) ?? (isWorse ? EXIT.failed : EXIT.done);
    } finally {
      await server?.stop();
    }
  });
}

/** Prints how else to speak to a server where one of its runs shows that it may have to be. */
async function tellHints(
  { scenario, profile, lines }: FullOptions,
  runs: readonly BenchmarkResult[],
  target: Target,
): Promise<void> {
  if (!runs.some(needsHint)) return;
  await tellHint({ target, scenario, profile, lines, takesTemplates: true });
}

/** Starts a server that suits a load. */
export function startOwn(
  { scenario, connections }: FullOptions,
  signal: AbortSignal,
): Promise<OwnServer> {
  return scenario === "echo" ? startOwnEchoServer(signal) : startOwnServer(connections, signal);
}

/** One run, with its report where it is the only one. */
async function run(
  load: Load,
  checked: FullOptions,
  target: Target,
  pid: number | undefined,
  { json, liveJson, progress: isShown, percentiles, assertions, repeat, versus }: Telling,
  signal: AbortSignal,
): Promise<BenchmarkResult> {
  const serverLimits = await readServerLimits(target, checked.profile);
  if (!json) print(renderHeader({ ...checked, target }, serverLimits).trimEnd());
  const progress = progressLine(isShown, liveJson);
  const hopeless = new HopelessAssertions(assertions, signal);
  const measured = await runBenchmark({ ...load, target }, {
    onProgress: (step) => {
      progress.show(step);
      hopeless.look(step);
    },
    ...{ signal: hopeless.signal, serverLimits, watch: watchOf(pid, target.port) },
  });
  progress.clear();
  const result = hopeless.explain(withAssertions(measured, assertions));
  const isOnly = repeat === 1 && versus === undefined;
  if (!json) {
    const report = renderReport(result, { ...textOptions(), percentiles }).trim();
    // Of many runs, only what each comes to.
    print(isOnly ? `\n${report}` : report.split("\n\n").at(-1)!);
  }
  return result;
}

/** Prints what is to be said at the end. */
function tellSeries(series: RunSeries, { json, repeat, versus }: Telling): void {
  const { runs, others, figures } = series;
  const isOne = repeat === 1 && versus === undefined;
  if (json) {
    const comparison = figures.length === 0 ? undefined : { comparison: figures };
    const many = versus === undefined ? { runs, ...comparison } : { runs, others, ...comparison };
    return printJson(isOne ? { ...runs[0], ...comparison } : many, seriesFailures(series));
  }
  const tables = [
    ...isOne ? [] : [spreadTable(runs)],
    ...figures.length === 0 ? [] : [comparisonTable(figures, namesOf(series))],
  ];
  if (tables.length === 0) return;
  // Of each run was told already what went wrong in it.
  const failures = series.isAgainstBaseline ? worseSentences(figures) : [];
  const report = { ...seriesReport(series), tables, lines: [], failures };
  print(`\n${renderText(report, textOptions())}`.trimEnd());
}

/**
 * Reads the runs to compare with.
 *
 * @throws {CliError} naming the file.
 */
async function readBaseline(
  path: string | undefined,
  checked: FullOptions,
): Promise<readonly BenchmarkResult[] | undefined> {
  if (path === undefined) return undefined;
  try {
    const { runs } = parseBaseline(await Deno.readTextFile(path));
    for (const before of runs) checkSameLoad(before, { ...checked, rate: checked.rate ?? null });
    if (runs.every(({ deliveries }) => deliveries.perSecond === 0)) {
      throw new RangeError("nothing came in then");
    }
    return runs;
  } catch (error) {
    const reason = error instanceof RangeError ? `${error.message}.` : fileFault(error);
    throw new CliError(`Cannot compare with ${path}: ${reason}`, EXIT.usage, { cause: error });
  }
}

function checkedOptions(options: BenchmarkOptions): FullOptions {
  return refusing(() => fullOptions(options));
}

/**
 * Makes a wrong option an end of the program that tells what is wrong.
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

/** The exit code of a run; why it failed is in its report. */
function exitCodeOf({ interrupted, joined, failures }: BenchmarkResult): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (joined === 0) return EXIT.network;
  return failures.length > 0 ? EXIT.failed : EXIT.done;
}
