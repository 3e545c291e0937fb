import { compact } from "../format.ts";

/** The progress of a run. */
export interface BenchmarkProgress {
  /** Connections join, warm-up messages are sent, measured messages are sent, or the last
   * deliveries are awaited. */
  readonly stage: "joining" | "warming up" | "running" | "draining";
  /** 0 to 1: share of the connections while joining, of the time or the messages while running. */
  readonly fraction: number;
  /** Seconds since the stage began. */
  readonly elapsedSeconds: number;
  /** Connections that have joined and are still open. */
  readonly joined: number;
  /** Requested number of connections. */
  readonly connections: number;
  /** Messages sent so far. */
  readonly messages: number;
  /** Deliveries so far. */
  readonly deliveries: number;
  /** Deliveries in the last second. */
  readonly deliveriesPerSecond: number;
  /** 99th percentile of the latencies in the last second; absent without deliveries. */
  readonly p99Microseconds?: number | undefined;
  /** The faults so far; absent before the first measured message and in scenarios that do not count
   * them. */
  readonly faults?: RunFaults | undefined;
}

/** The faults of a run so far. Their numbers never decrease. */
export interface RunFaults {
  /** Errors of all kinds. */
  readonly errors: number;
  /** Deliveries with changed bytes. */
  readonly corrupted: number;
  /** Deliveries that came in more than once. */
  readonly duplicated: number;
  /** Deliveries that came in after a later message of the same sender. */
  readonly reordered: number;
  /** Deliveries to a connection that should not have received them. */
  readonly misdelivered: number;
  /** Longest latency, in microseconds. */
  readonly max: number;
}

/** Adds the faults of several threads. */
export function sumOfFaults(all: readonly (RunFaults | undefined)[]): RunFaults | undefined {
  return all.reduce((sum, one) =>
    sum === undefined || one === undefined ? sum ?? one : {
      errors: sum.errors + one.errors,
      corrupted: sum.corrupted + one.corrupted,
      duplicated: sum.duplicated + one.duplicated,
      reordered: sum.reordered + one.reordered,
      misdelivered: sum.misdelivered + one.misdelivered,
      max: Math.max(sum.max, one.max),
    }, undefined);
}

/** The stages of a run, in their order. */
export const STAGES: readonly BenchmarkProgress["stage"][] = [
  "joining",
  "warming up",
  "running",
  "draining",
];

/** Characters of the bar. */
const WIDTH = 20;

/** One line for a terminal: a bar and the current figures, without a line end or escape codes. */
export function renderProgress(progress: BenchmarkProgress): string {
  const { stage, fraction, elapsedSeconds } = progress;
  const bounded = Math.min(Math.max(fraction, 0), 1);
  const bar = "=".repeat(Math.round(bounded * WIDTH)).padEnd(WIDTH);
  const percent = `${Math.floor(bounded * 100)}%`.padStart(4);
  return `${stage} [${bar}] ${percent} | ${Math.floor(elapsedSeconds)}s | ${detail(progress)}`;
}

function detail(
  { stage, joined, connections, deliveries, deliveriesPerSecond }: BenchmarkProgress,
) {
  return stage === "joining"
    ? `${joined} of ${connections} joined`
    : `${compact(deliveries)} deliveries, ${compact(deliveriesPerSecond)}/s`;
}
