import { type BenchmarkResult, median, middleOf } from "../bench/mod.ts";

/** A server and its runs, in the order of the rounds. */
export interface MeasuredServer {
  readonly name: string;
  readonly runs: BenchmarkResult[];
}

const HEAD = ["server", "deliveries/s", "range", "ratio", "p50", "p99", "lost", "limited by"];

/**
 * A table in Markdown: a row for each server that was measured. Ratios are to the first one: medians of
 * the ratios of single rounds, so that what slows down a whole round does not count.
 */
export function peersTable(servers: readonly MeasuredServer[]): string {
  const measured = servers.filter(({ runs }) => runs.length > 0);
  const cells = measured.map((server) => rowOf(server, measured[0]!));
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(HEAD), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)]
    .join("\n") + "\n";
}

function rowOf({ name, runs }: MeasuredServer, base: MeasuredServer): string[] {
  const rates = runs.map(({ deliveries }) => deliveries.perSecond);
  const grouped = (value: number) => Math.round(value).toLocaleString("en-US");
  const { latencyMicroseconds: latency } = middleOf(runs);
  const time = (value: number | undefined) =>
    value === undefined ? "-" : `${(value / 1000).toFixed(2)} ms`;
  return [
    name,
    grouped(median(rates)),
    `${grouped(Math.min(...rates))} to ${grouped(Math.max(...rates))}`,
    ratioOf(runs, base.runs),
    time(latency?.p50),
    time(latency?.p99),
    grouped(runs.reduce((sum, { deliveries }) => sum + deliveries.lost, 0)),
    limitsOf(runs),
  ];
}

function ratioOf(runs: readonly BenchmarkResult[], base: readonly BenchmarkResult[]): string {
  const ratios = runs.flatMap(({ deliveries }, round) => {
    const first = base[round]?.deliveries.perSecond ?? 0;
    return first === 0 ? [] : [deliveries.perSecond / first];
  });
  return ratios.length === 0 ? "-" : median(ratios).toFixed(2);
}

/** Who was the limit, with the number of runs where that differs. */
function limitsOf(runs: readonly BenchmarkResult[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of runs) {
    const limit = verdict.limitedBy ?? "unknown";
    counts.set(limit, (counts.get(limit) ?? 0) + 1);
  }
  if (counts.size === 1) return [...counts.keys()][0]!;
  return [...counts].toSorted(([, a], [, b]) => b - a)
    .map(([limit, count]) => `${limit} ${count}x`).join(", ");
}
