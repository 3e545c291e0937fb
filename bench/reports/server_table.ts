import { bytes, grouped } from "../format.ts";
import type { ReportTable } from "./report.ts";
import type { ServerState } from "../target/server_watch.ts";

const SERVER_HEAD = ["Server", "First", "Median", "Max", "Last"];

/** What the figures of the server were at first, in the middle and at most, where they are known; no
 * table where it was not watched. */
export function serverTables(states: readonly ServerState[] | null): ReportTable[] {
  if (states === null || states.length === 0) return [];
  const row = (
    name: string,
    field: Exclude<keyof ServerState, "second">,
    cell: (value: number) => string,
  ) => {
    const values = states.flatMap((state) => state[field] ?? []);
    const sorted = values.toSorted((a, b) => a - b);
    const shown = [values[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1), values.at(-1)];
    return [name, ...shown.map((value) => value === undefined ? "unknown" : cell(value))];
  };
  return [{
    head: SERVER_HEAD,
    rows: [
      row("Resident memory", "residentBytes", bytes),
      row("CPU, of one core", "cpuPercent", (value) => `${value}%`),
      row("Busiest thread", "busiestThreadPercent", (value) => `${value}%`),
      row("Open descriptors", "descriptors", grouped),
      row("Accept queue", "acceptQueue", grouped),
    ],
  }];
}
