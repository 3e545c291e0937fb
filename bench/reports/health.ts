import { bytes, duration, grouped } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { RunHealth } from "../results/run_health.ts";
import { STANDSTILL } from "../results/verdict.ts";
import type { ServerLimits } from "../monitoring/server_limits.ts";
import type { ServerState } from "../monitoring/server_watch.ts";
import type { Report, ReportTable } from "./report.ts";

/** Sentences about the load tester and what limited the run. */
export function healthLines(
  { generator, verdict }: Pick<RunHealth, "generator" | "verdict">,
  slip: LatencySummary | null = null,
): string[] {
  const { eventLoopLagMicroseconds: lag, cpu } = generator;
  const parts = [
    ...slip === null ? [] : [`send delay p99 ${duration(slip.p99)}`],
    ...lag === null ? [] : [`event loop delay p99 ${duration(lag.p99)}`],
    ...lag === null || lag.max < STANDSTILL ? [] : [`maximum ${duration(lag.max)}`],
    `CPU of the busiest thread ${Math.round(cpu * 100)}%`,
  ];
  const { limitedBy, reason } = verdict;
  return [
    `Load tester: ${parts.join(", ")}.`,
    limitedBy === null ? `No limit was found: ${reason}.` : `Limited by: ${limitedBy} (${reason}).`,
  ];
}

/** A report with the server's process, the load tester and what limited the run. */
export function withHealth(report: Report, health: Partial<RunHealth>): Report {
  const { generator, verdict, server = null, waitSeconds = 0 } = health;
  if (generator === undefined || verdict === undefined) return report;
  return {
    ...report,
    limitedBy: verdict.limitedBy ?? undefined,
    tables: [...report.tables, ...serverTables(server)],
    lines: [...report.lines, ...waitLines(0, waitSeconds), ...healthLines({ generator, verdict })],
  };
}

/** Minimum wait that is reported, in seconds. */
const LONG_WAIT = 1;

/** Sentences about long waits before and after sending. */
export function waitLines(joinSeconds: number, waitSeconds: number): string[] {
  return [
    ...joinSeconds < LONG_WAIT ? [] : [`Joining took ${joinSeconds.toFixed(1)} s.`],
    ...waitSeconds < LONG_WAIT ? [] : [
      `After sending ended, the load tester waited ${
        waitSeconds.toFixed(1)
      } s for missing deliveries.`,
    ],
  ];
}

/** The message limit of the server, for the header of a report; empty for a server without one. */
export function limitsText(limits: ServerLimits | null): string {
  return limits === null
    ? ""
    : ` (the server accepts ${limits.perSecond} messages/s from each client)`;
}

const SERVER_HEAD = ["Server", "First", "Median", "Max", "Last"];

/** The first, median, highest and last of the known figures of the server; no table if it was not
 * watched. */
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
      row("CPU of one core", "cpuPercent", (value) => `${value}%`),
      row("Busiest thread", "busiestThreadPercent", (value) => `${value}%`),
      row("Open descriptors", "descriptors", grouped),
      row("Accept queue", "acceptQueue", grouped),
    ],
  }];
}
