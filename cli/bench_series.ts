import {
  type Assertion,
  type BenchmarkObservers,
  type BenchmarkProgress,
  compareRuns,
  comparisonTable,
  type Figure,
  type LoadFields,
  namesOf,
  parseBaseline,
  renderText,
  type Report,
  type RunOutcome,
  type RunSeries,
  seriesFailures,
  seriesReport,
  spreadTable,
  withAssertions,
  worseSentences,
} from "../bench/mod.ts";
import { prepareReports, type ReportFiles, writeReports } from "./bench_reports.ts";
import { printJson, progressLine, textOptions } from "./bench_run.ts";
import { CliError, EXIT, type ExitCode, fileFault } from "./exit.ts";
import { useFairEventLoop } from "./fair_event_loop.ts";
import { print } from "./standard_streams.ts";
import { readTextFile } from "./text_file.ts";

/** The parts of a result that determine the exit code. */
export interface Outcome extends RunOutcome {
  readonly connected?: number;
  /** Absent in a scenario without a join. */
  readonly joined?: number;
}

/** Options of every scenario for repeating, comparing and showing its runs. */
export interface SeriesOptions<Result> {
  readonly json: boolean;
  /** Print a line of JSON for every step of the progress. */
  readonly liveJson: boolean;
  readonly progress: boolean;
  /** What must hold. */
  readonly assert: readonly Assertion<Result>[];
  /** Number of runs. */
  readonly repeat: number;
  /** A file with runs to compare with. */
  readonly baseline?: string | undefined;
  /** Files to write: a page, and comma-separated values. */
  readonly html?: string | undefined;
  readonly csv?: string | undefined;
}

/** Runs of one load, on one or two servers. */
export interface Series<Result extends Outcome> {
  readonly options: SeriesOptions<Result>;
  /** The figures by which runs are compared. */
  readonly figures: readonly Figure<Result>[];
  /** The runs of the baseline, from {@link readBaseline}. */
  readonly before: readonly Result[] | undefined;
  /** The server, and another one to compare with. */
  readonly sides: readonly Side<Result>[];
  readonly report: (result: Result) => Report;
  /** The text of a run. Default: that of its report. */
  readonly text?: (result: Result) => string;
  readonly csv?: (runs: readonly Result[], others: readonly Result[]) => string;
  /** Ends a run once an assertion can no longer hold. Default: false. */
  readonly endsEarly?: boolean;
  /** Ends the series. */
  readonly signal: AbortSignal;
}

/** Runs on one server. */
export interface Side<Result> {
  /** Printed before each run, unless the output is JSON. */
  readonly header: () => Promise<string>;
  readonly run: (observers: BenchmarkObservers) => Promise<Result>;
  /** Called with all runs at the end. */
  readonly hint?: (runs: readonly Result[]) => Promise<void>;
}

/** Runs a load the given number of times, in turns with another server, and prints the results. */
export async function runSeries<Result extends Outcome>(
  series: Series<Result>,
): Promise<ExitCode> {
  const { options, sides, figures, before, signal } = series;
  const { repeat, html, csv, baseline } = options;
  useFairEventLoop();
  const results: Result[][] = sides.map(() => []);
  for (let round = 0; round < repeat; round++) {
    // The first one has a cooler machine: they take turns in that, too.
    const turns = [...sides.keys()];
    for (const side of round % 2 === 0 ? turns : turns.toReversed()) {
      if (signal.aborted && results[0]!.length > 0) break;
      results[side]!.push(await runOnce(sides[side]!, series));
    }
  }
  const [runs = [], others = []] = results;
  const comparison = others.length > 0
    ? compareRuns(others, runs, figures)
    : before !== undefined
    ? compareRuns(before, runs, figures)
    : [];
  const found = { runs, others, figures, comparison, isAgainstBaseline: baseline !== undefined };
  printSeries(found, series);
  // After printing: on a full disk only the files are lost, and not the figures.
  const page = seriesReport(found, series.report);
  await writeReports({ html, csv }, page, () => series.csv?.(runs, others) ?? "");
  for (const [index, { hint }] of sides.entries()) await hint?.(results[index]!);
  const codes = [...runs, ...others].map(exitCodeOf);
  const isWorse = found.isAgainstBaseline && comparison.some(({ verdict }) => verdict === "worse");
  return codes.find((code) => code !== EXIT.done) ?? (isWorse ? EXIT.failed : EXIT.done);
}

/** One run, with its whole report if it is the only one. */
async function runOnce<Result extends Outcome>(
  { header, run }: Side<Result>,
  { options, sides, report, text, endsEarly = false, signal }: Series<Result>,
): Promise<Result> {
  const { json, liveJson, repeat, progress, assert } = options;
  const isJson = json || liveJson;
  if (!isJson) print((await header()).trimEnd());
  const line = progressLine(progress, liveJson);
  const hopeless = new HopelessAssertions(endsEarly ? assert : [], signal);
  try {
    const measured = await run({
      onProgress: (step) => {
        line.show(step);
        hopeless.look(step);
      },
      signal: hopeless.signal,
    });
    line.clear();
    const result = hopeless.explain(withAssertions(measured, assert));
    if (!isJson) {
      const shown = (text?.(result) ?? renderText(report(result), textOptions())).trim();
      const isOnly = repeat === 1 && sides.length === 1;
      // Only the conclusion of each of many runs.
      print(isOnly ? `\n${shown}` : shown.split("\n\n").at(-1)!);
    }
    return result;
  } finally {
    line.clear();
  }
}

/** Prints the summary of many runs, or the comparison of one; or everything as JSON. */
function printSeries<Result extends Outcome>(
  found: RunSeries<Result>,
  { options, sides, report }: Series<Result>,
): void {
  const { runs, others, figures, comparison } = found;
  const { json, liveJson, repeat } = options;
  const isOne = repeat === 1 && sides.length === 1;
  if (json || liveJson) {
    const compared = comparison.length === 0 ? undefined : { comparison };
    const many = sides.length === 1 ? { runs, ...compared } : { runs, others, ...compared };
    return printJson(isOne ? { ...runs[0], ...compared } : many, seriesFailures(found));
  }
  const tables = [
    ...isOne ? [] : [spreadTable(runs, figures)],
    ...comparison.length === 0 ? [] : [comparisonTable(comparison, namesOf(found))],
  ];
  if (tables.length === 0) return;
  // Each run has reported its own failures.
  const failures = found.isAgainstBaseline ? worseSentences(comparison) : [];
  const page = { ...seriesReport(found, report), tables, lines: [], failures };
  print(`\n${renderText(page, textOptions())}`.trimEnd());
}

/**
 * Reads the runs to compare with, and checks that all files can be written.
 *
 * @param load required fields of these runs.
 * @throws {CliError} that names the file.
 */
export async function prepareSeries<Result extends Outcome>(
  { baseline, html, csv }: SeriesOptions<Result> & ReportFiles,
  load: LoadFields,
  figures: readonly Figure<Result>[],
): Promise<readonly Result[] | undefined> {
  const before = baseline === undefined ? undefined : await readBaseline(baseline, load, figures);
  await prepareReports({ html, csv });
  return before;
}

async function readBaseline<Result>(
  path: string,
  load: LoadFields,
  figures: readonly Figure<Result>[],
): Promise<readonly Result[]> {
  try {
    return parseBaseline(await readTextFile(path), load, figures).runs;
  } catch (error) {
    const reason = error instanceof RangeError ? `${error.message}.` : fileFault(error);
    throw new CliError(`Cannot compare with ${path}: ${reason}`, EXIT.usage, { cause: error });
  }
}

/** The exit code of a run; its report has the reason. */
function exitCodeOf({ interrupted, connected, joined = connected, failures }: Outcome): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (joined === 0) return EXIT.network;
  return failures.length > 0 ? EXIT.failed : EXIT.done;
}

/** Ends a run once one of its assertions can no longer hold. */
class HopelessAssertions<Result extends RunOutcome> {
  readonly #stop = new AbortController();
  #reason: string | undefined;

  /** @param interrupted aborted when the user ends the run. */
  constructor(
    private readonly assertions: readonly Assertion<Result>[],
    private readonly interrupted: AbortSignal,
  ) {}

  /** Aborted when the user or an assertion ends the run. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.interrupted, this.#stop.signal]);
  }

  /** Checks the assertions against the progress of the run. */
  look({ stage, faults, elapsedSeconds }: BenchmarkProgress): void {
    if (this.#reason !== undefined || stage !== "running" || faults === undefined) return;
    const lost = this.assertions.find((assertion) => assertion.isOutOfReach(faults));
    if (lost === undefined) return;
    this.#reason = `Stopped after ${
      elapsedSeconds.toFixed(1)
    } s: ${lost.text} can no longer be met.`;
    this.#stop.abort();
  }

  /** Marks the result of a run that this has ended as failed, and not as interrupted. */
  explain(result: Result): Result {
    if (this.#reason === undefined || this.interrupted.aborted) return result;
    return { ...result, interrupted: false, failures: [...result.failures, this.#reason] };
  }
}
