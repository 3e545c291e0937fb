import { grouped } from "../format.ts";
import { type Target, targetText } from "../load/options.ts";
import type { ComparedFigure, Figure } from "../results/comparison.ts";
import { median } from "../results/distribution.ts";
import { comparisonTable, spreadTable, worseSentences } from "./comparison_text.ts";
import type { Report } from "./report.ts";

/** The fields of a result that a series of runs needs. */
export interface RunOutcome {
  /** Absent where no server was loaded. */
  readonly target?: Target;
  /** Reasons why it failed, one sentence each. */
  readonly failures: readonly string[];
  /** It was interrupted. */
  readonly interrupted: boolean;
}

/** Runs of one load, and the runs that they are compared with. */
export interface RunSeries<Result extends RunOutcome> {
  /** At least one. */
  readonly runs: readonly Result[];
  /** Those on another server, in turns. */
  readonly others: readonly Result[];
  /** The figures by which runs are compared. */
  readonly figures: readonly Figure<Result>[];
  /** Their differences from the others, or from a baseline. */
  readonly comparison: readonly ComparedFigure[];
  /** A figure that is worse makes it fail. */
  readonly isAgainstBaseline: boolean;
}

/** The run whose first figure is in the middle: the one that a report of many runs shows. */
export function middleRun<Result>(
  runs: readonly Result[],
  [figure]: readonly Figure<Result>[],
): Result {
  const valueOf = (run: Result) => figure?.of(run) ?? 0;
  const middle = median(runs.map(valueOf));
  return runs.toSorted((a, b) => Math.abs(valueOf(a) - middle) - Math.abs(valueOf(b) - middle))[0]!;
}

/** The names of the two sets of runs in a comparison. */
export function namesOf<Result extends RunOutcome>(
  { runs, others }: Pick<RunSeries<Result>, "runs" | "others">,
): readonly [before: string, after: string] {
  return others.length === 0 ? ["Before", "Now"] : [addressOf(others), addressOf(runs)];
}

/** The failures of many runs: those of each, and the figures that are worse than before. */
export function seriesFailures<Result extends RunOutcome>(
  { runs, others, comparison, isAgainstBaseline }: RunSeries<Result>,
): string[] {
  return [
    ...[...runs, ...others].flatMap(({ failures }) => failures),
    ...isAgainstBaseline ? worseSentences(comparison) : [],
  ];
}

/**
 * A report of many runs, with the charts and the tables of the one in the middle.
 *
 * @param reportOf the report of one run.
 */
export function seriesReport<Result extends RunOutcome>(
  series: RunSeries<Result>,
  reportOf: (result: Result) => Report,
): Report {
  const { runs, others, figures, comparison } = series;
  const middle = middleRun(runs, figures);
  const report = reportOf(middle);
  const compared = comparison.length === 0 ? [] : [comparisonTable(comparison, namesOf(series))];
  const failures = seriesFailures(series);
  if (runs.length === 1 && others.length === 0) {
    return { ...report, tables: [...compared, ...report.tables], failures };
  }
  const whose = others.length === 0 ? "" : ` @ ${addressOf(runs)}`;
  const measure = figures[0]?.moreIsBetter === false ? "median latency" : "rate";
  return {
    ...report,
    tables: [
      spreadTable(runs, figures, whose),
      ...others.length === 0 ? [] : [spreadTable(others, figures, ` @ ${addressOf(others)}`)],
      ...compared,
      ...report.tables,
    ],
    lines: [
      `The charts and the tables of a single run show run ${runs.indexOf(middle) + 1} of ` +
      `${grouped(runs.length)}, the run with the middle ${measure}.`,
      ...report.lines,
    ],
    failures,
    interrupted: [...runs, ...others].some(({ interrupted }) => interrupted),
  };
}

function addressOf([run]: readonly RunOutcome[]): string {
  return run?.target === undefined ? "" : targetText(run.target);
}
