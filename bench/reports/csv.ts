import { targetText } from "../load/options.ts";
import type { BenchmarkResult } from "../results/result.ts";

const COLUMNS = [
  ["second", "second"],
  ["deliveries_per_second", "deliveriesPerSecond"],
  ["bytes_per_second", "bytesPerSecond"],
  ["sent", "sent"],
  ["offered_per_second", "offeredPerSecond"],
  ["lost", "lost"],
  ["errors", "errors"],
  ["p50_microseconds", "p50"],
  ["p99_microseconds", "p99"],
] as const;

const SERVER_COLUMNS = [
  ["server_resident_bytes", "residentBytes"],
  ["server_cpu_percent", "cpuPercent"],
  ["server_descriptors", "descriptors"],
  ["server_accept_queue", "acceptQueue"],
] as const;

/** A look at the server belongs to the sample that was taken just before it, in seconds. */
const LOOK_DELAY = 0.5;

/**
 * Runs second by second as comma-separated values, with a row of names first. Cells without a
 * measurement are empty; the columns of the server exist only if it was watched. With several runs the first
 * column is the number of the run, from 1, and with several servers the second one their address.
 */
export function renderCsv(
  runs: readonly BenchmarkResult[],
  others: readonly BenchmarkResult[] = [],
): string {
  const all = [runs, others];
  const isOne = runs.length + others.length === 1;
  const isWatched = all.flat().some(({ server }) => server !== null);
  const names = [
    ...isOne ? [] : ["run"],
    ...others.length === 0 ? [] : ["target"],
    ...COLUMNS.map(([name]) => name),
    ...isWatched ? SERVER_COLUMNS.map(([name]) => name) : [],
  ];
  const rows = all.flatMap((side) =>
    side.flatMap((run, index) =>
      rowsOf(run, isWatched).map((cells) => [
        ...isOne ? [] : [index + 1],
        ...others.length === 0 ? [] : [targetText(run.target)],
        ...cells,
      ])
    )
  );
  return csvText([names, ...rows]);
}

function rowsOf({ series, server }: BenchmarkResult, isWatched: boolean): (number | "")[][] {
  return series.map((sample) => {
    const cells: (number | null)[] = COLUMNS.map(([, field]) => sample[field]);
    if (isWatched) {
      const state = server?.findLast(({ second }) => second <= sample.second + LOOK_DELAY);
      cells.push(...SERVER_COLUMNS.map(([, field]) => state?.[field] ?? null));
    }
    return cells.map((cell) => cell ?? "");
  });
}

/** Rows of cells, with quotes around those that need them (RFC 4180). */
export function csvText(rows: readonly (readonly unknown[])[]): string {
  return rows.map((cells) => cells.map(quoted).join(",") + "\r\n").join("");
}

function quoted(cell: unknown): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
