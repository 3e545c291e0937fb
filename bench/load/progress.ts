import { compact } from "../format.ts";

/** How far a run is. */
export interface BenchmarkProgress {
  /** What is happening: connections join, messages are sent that do not count, messages are sent, or the last ones are waited for. */
  readonly stage: "joining" | "warming up" | "running" | "draining";
  /** 0 to 1: of the connections while joining, of the time or the amount while running. */
  readonly fraction: number;
  /** Since the stage began. */
  readonly elapsedSeconds: number;
  /** Connections that have joined and still stand. */
  readonly joined: number;
  /** Connections asked for. */
  readonly connections: number;
  /** Messages sent so far. */
  readonly messages: number;
  /** Deliveries so far. */
  readonly deliveries: number;
  /** In the last second. */
  readonly deliveriesPerSecond: number;
  /** 99th percentile of the latencies in the last second; absent where nothing was measured. */
  readonly p99Microseconds?: number | undefined;
  /** What went wrong so far; absent before the messages that count, and where it is not known. */
  readonly faults?: RunFaults | undefined;
}

/** The faults of a run so far. Their numbers never decrease. */
export interface RunFaults {
  /** Errors of all kinds. */
  readonly errors: number;
  /** Deliveries that were changed on their way. */
  readonly corrupted: number;
  /** Deliveries that came in once more. */
  readonly duplicated: number;
  /** Deliveries that came in after a later message of the same sender. */
  readonly reordered: number;
  /** Deliveries to a connection that was not to get them. */
  readonly misdelivered: number;
  /** Longest latency, in microseconds. */
  readonly max: number;
}

/** What several threads have seen go wrong. */
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

/** One line for a terminal: a bar and what happens now. No line end and no escape codes. */
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
