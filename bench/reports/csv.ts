import type { BenchmarkResult } from "../result.ts";

const COLUMNS = [
  ["second", "second"],
  ["deliveries_per_second", "deliveriesPerSecond"],
  ["bytes_per_second", "bytesPerSecond"],
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
 * A run second by second as comma-separated values, with a row of names first. What was not measured
 * is empty; the columns of the server are there where it was watched.
 */
export function renderCsv({ series, server }: BenchmarkResult): string {
  const names: string[] = COLUMNS.map(([name]) => name);
  if (server !== null) names.push(...SERVER_COLUMNS.map(([name]) => name));
  const rows = series.map((sample) => {
    const cells: (number | null)[] = COLUMNS.map(([, field]) => sample[field]);
    if (server !== null) {
      const state = server.findLast(({ second }) => second <= sample.second + LOOK_DELAY);
      cells.push(...SERVER_COLUMNS.map(([, field]) => state?.[field] ?? null));
    }
    return cells.map((cell) => cell ?? "");
  });
  return csvText([names, ...rows]);
}

/** Rows of cells in which there are no commas, quotes and line ends. */
export function csvText(rows: readonly (readonly unknown[])[]): string {
  return rows.map((cells) => cells.join(",") + "\r\n").join("");
}
