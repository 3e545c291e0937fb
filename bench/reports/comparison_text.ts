import { compact } from "../format.ts";
import { type ComparedFigure, LEAST_RUNS, median, type Verdict } from "../comparison.ts";
import type { BenchmarkResult } from "../result.ts";
import { COLOURED, PLAIN, table } from "../table.ts";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  better: "better",
  worse: "WORSE",
  same: "no difference beyond noise",
  unknown: "too few runs to tell",
};

/** A table of what two sets of runs have to say about each other, and what it comes to. */
export function renderComparison(
  figures: readonly ComparedFigure[],
  { colours = false, names = ["Before", "Now"] }: {
    colours?: boolean;
    names?: readonly [before: string, after: string];
  } = {},
): string {
  const rows = figures.map(({ name, before, after, ratio, chance, verdict }) => [
    name,
    shown(name, before),
    shown(name, after),
    ratio.toFixed(2),
    verdict === "unknown" ? "-" : `${(chance * 100).toPrecision(2)}%`,
    VERDICTS[verdict],
  ]);
  const head = ["Medians", ...names, "Ratio", "By chance", "Verdict"];
  const note = figures.some(({ verdict }) => verdict === "unknown")
    ? `\nGive --repeat ${LEAST_RUNS} or more: with fewer runs chance cannot be told from a difference.\n`
    : "";
  return table(head, rows, colours ? COLOURED : PLAIN) + note;
}

/** How runs of the same load differ among themselves. */
export function renderSpread(runs: readonly BenchmarkResult[], colours = false): string {
  const row = (name: string, values: readonly number[]) =>
    values.length === 0 ? [] : [[
      name,
      ...[median(values), Math.min(...values), Math.max(...values)].map((value) =>
        shown(name, value)
      ),
    ]];
  const latency = (field: "p50" | "p99") =>
    runs.flatMap(({ latencyMicroseconds }) => latencyMicroseconds?.[field] ?? []);
  return table([`${runs.length} runs`, "Median", "Min", "Max"], [
    ...row("Deliveries/Sec", runs.map(({ deliveries }) => deliveries.perSecond)),
    ...row("Latency 50%", latency("p50")),
    ...row("Latency 99%", latency("p99")),
  ], colours ? COLOURED : PLAIN);
}

function shown(name: string, value: number): string {
  return name.startsWith("Latency") ? `${(value / 1000).toFixed(2)} ms` : compact(value);
}
