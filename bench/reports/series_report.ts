import { targetText } from "../load/options.ts";
import { type ComparedFigure, median } from "../results/comparison.ts";
import { grouped } from "../format.ts";
import type { Report } from "./report.ts";
import { comparisonTable, spreadTable, worseSentences } from "./comparison_text.ts";
import type { BenchmarkResult } from "../results/result.ts";
import { trafficReport } from "./traffic_report.ts";

/** Runs of one load, and what they are compared with. */
export interface RunSeries {
  /** At least one. */
  readonly runs: readonly BenchmarkResult[];
  /** Those on another server, in turns. */
  readonly others: readonly BenchmarkResult[];
  /** How they differ from the others, or from those of another day. */
  readonly figures: readonly ComparedFigure[];
  /** Whatever is worse makes it fail. */
  readonly isAgainstBaseline: boolean;
}

/** The run with the middle rate: the one that a report of many runs shows. */
export function middleOf(runs: readonly BenchmarkResult[]): BenchmarkResult {
  const rates = runs.map(({ deliveries }) => deliveries.perSecond);
  const middle = median(rates);
  return runs.toSorted((a, b) =>
    Math.abs(a.deliveries.perSecond - middle) - Math.abs(b.deliveries.perSecond - middle)
  )[0]!;
}

/** What the two sets of runs are called that are compared. */
export function namesOf({ runs, others }: RunSeries): readonly [before: string, after: string] {
  return others.length === 0 ? ["Before", "Now"] : [addressOf(others), addressOf(runs)];
}

/** Why many runs fail: what went wrong in any of them, and what is worse than before. */
export function seriesFailures({ runs, others, figures, isAgainstBaseline }: RunSeries): string[] {
  return [
    ...[...runs, ...others].flatMap(({ failures }) => failures),
    ...isAgainstBaseline ? worseSentences(figures) : [],
  ];
}

/** What many runs come to, with the charts and the tables of the one in the middle. */
export function seriesReport(series: RunSeries): Report {
  const { runs, others, figures } = series;
  const middle = middleOf(runs);
  const report = trafficReport(middle);
  const comparison = figures.length === 0 ? [] : [comparisonTable(figures, namesOf(series))];
  const failures = seriesFailures(series);
  if (runs.length === 1 && others.length === 0) {
    return { ...report, tables: [...comparison, ...report.tables], failures };
  }
  const whose = others.length === 0 ? "" : ` @ ${addressOf(runs)}`;
  return {
    ...report,
    tables: [
      spreadTable(runs, whose),
      ...others.length === 0 ? [] : [spreadTable(others, ` @ ${addressOf(others)}`)],
      ...comparison,
      ...report.tables,
    ],
    lines: [
      `The charts, and the tables of one run, are those of run ${runs.indexOf(middle) + 1} of ` +
      `${grouped(runs.length)}, whose rate is in the middle.`,
      ...report.lines,
    ],
    failures,
    interrupted: [...runs, ...others].some(({ interrupted }) => interrupted),
  };
}

function addressOf([run]: readonly BenchmarkResult[]): string {
  return run === undefined ? "" : targetText(run.target);
}
