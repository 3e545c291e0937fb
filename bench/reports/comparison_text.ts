import { compact, counted } from "../format.ts";
import { type ComparedFigure, LEAST_RUNS, median, type Verdict } from "../comparison.ts";
import type { ReportTable } from "../report.ts";
import type { BenchmarkResult } from "../result.ts";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  better: "better",
  worse: "WORSE",
  same: "no difference beyond noise",
  unknown: "too few runs to tell",
};

/** What two sets of runs have to say about each other, and what it comes to. */
export function comparisonTable(
  figures: readonly ComparedFigure[],
  names: readonly [before: string, after: string],
): ReportTable {
  const rows = figures.map(({ name, before, after, ratio, chance, verdict }) => [
    name,
    shown(name, before),
    shown(name, after),
    ratio.toFixed(2),
    verdict === "unknown" ? "-" : `${(chance * 100).toPrecision(2)}%`,
    VERDICTS[verdict],
  ]);
  const note =
    `Give --repeat ${LEAST_RUNS} or more: with fewer runs chance cannot be told from a difference.`;
  return {
    head: ["Medians", ...names, "Ratio", "By chance", "Verdict"],
    rows,
    ...figures.some(({ verdict }) => verdict === "unknown") ? { note } : undefined,
  };
}

/** What is worse than before beyond noise, a sentence each. */
export function worseSentences(figures: readonly ComparedFigure[]): string[] {
  return figures.filter(({ verdict }) => verdict === "worse")
    .map(({ name, before, after }) =>
      `${name}: ${shown(name, before)} before, ${shown(name, after)} now.`
    );
}

/** How runs of the same load differ among themselves. */
export function spreadTable(runs: readonly BenchmarkResult[], whose = ""): ReportTable {
  const row = (name: string, values: readonly number[]) =>
    values.length === 0 ? [] : [[
      name,
      ...[median(values), Math.min(...values), Math.max(...values)].map((value) =>
        shown(name, value)
      ),
    ]];
  const latency = (field: "p50" | "p99") =>
    runs.flatMap(({ latencyMicroseconds }) => latencyMicroseconds?.[field] ?? []);
  return {
    head: [`${counted(runs.length, "run")}${whose}`, "Median", "Min", "Max"],
    rows: [
      ...row("Deliveries/Sec", runs.map(({ deliveries }) => deliveries.perSecond)),
      ...row("Latency 50%", latency("p50")),
      ...row("Latency 99%", latency("p99")),
    ],
  };
}

function shown(name: string, value: number): string {
  return name.startsWith("Latency") ? `${(value / 1000).toFixed(2)} ms` : compact(value);
}
