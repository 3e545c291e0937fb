import { compact, counted, duration } from "../format.ts";
import {
  type ComparedFigure,
  type Figure,
  LEAST_RUNS,
  type Verdict,
} from "../results/comparison.ts";
import { median } from "../results/distribution.ts";
import type { ReportTable } from "./report.ts";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  better: "better",
  worse: "WORSE",
  same: "no significant difference",
  unknown: "too few runs",
};

/** The comparison of two sets of runs, and its conclusion. */
export function comparisonTable(
  figures: readonly ComparedFigure[],
  names: readonly [before: string, after: string],
): ReportTable {
  const rows = figures.map(({ name, before, after, ratio, chance, verdict, by }) => [
    name,
    shown(name, before),
    shown(name, after),
    ratio.toFixed(2),
    by !== "chance" ? "-" : chance.toPrecision(2),
    VERDICTS[verdict],
  ]);
  const note = noteOf(figures, names);
  return {
    head: ["Medians", ...names, "Ratio", "p-value", "Verdict"],
    rows,
    ...note === undefined ? undefined : { note },
    expendable: ["p-value"],
  };
}

/** Which side has too few runs, and what is done about that. */
function noteOf(
  figures: readonly ComparedFigure[],
  [before, after]: readonly [before: string, after: string],
): string | undefined {
  const few = figures.find(({ by }) => by !== "chance");
  if (few === undefined) return undefined;
  const sides = ([[before, few.runs.before], [after, few.runs.after]] as const)
    .filter(([, runs]) => runs < LEAST_RUNS)
    .map(([name, runs]) => `${name} (${counted(runs, "run")})`);
  return `Too few runs for a test of significance: ${sides.join(" and ")}. ` +
    `Run ${sides.length > 1 ? "both" : "it"} with --repeat ${LEAST_RUNS} or more.` +
    (few.by === null ? "" : " Its median was compared with the range of the other runs instead.");
}

/** The figures that are worse than before beyond noise, one sentence each. */
export function worseSentences(figures: readonly ComparedFigure[]): string[] {
  return figures.filter(({ verdict }) => verdict === "worse")
    .map(({ name, before, after }) =>
      `${name}: ${shown(name, before)} before, ${shown(name, after)} now.`
    );
}

/** How runs of the same load differ among themselves. */
export function spreadTable<Result>(
  runs: readonly Result[],
  figures: readonly Figure<Result>[],
  whose = "",
): ReportTable {
  const rows = figures.flatMap(({ name, of }) => {
    const values = runs.flatMap((run) => of(run) ?? []);
    if (values.length === 0) return [];
    const cells = [median(values), Math.min(...values), Math.max(...values)];
    return [[name, ...cells.map((value) => shown(name, value))]];
  });
  return { head: [`${counted(runs.length, "run")}${whose}`, "Median", "Min", "Max"], rows };
}

function shown(name: string, value: number): string {
  return name.startsWith("Latency") ? duration(value) : compact(value);
}
