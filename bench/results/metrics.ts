/**
 * The metrics of results, by the names that assertions use.
 *
 * @module
 */

import type { ErrorCount } from "../load/error_tally.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import type { BenchmarkResult } from "./result.ts";

/** A figure of a result. */
export interface Metric<Result> {
  /** It is microseconds, and not a number of something. */
  readonly isTime: boolean;
  /** `undefined` where nothing was measured. */
  readonly of: (result: Result) => number | undefined;
  /** Deliveries that it could not include. Default: none. */
  readonly uncheckedOf?: (result: Result) => number;
}

/** The metrics of a kind of result, by name. */
export type Metrics<Result> = Readonly<Record<string, Metric<Result>>>;

/** A metric in microseconds. */
export function time<Result>(of: (result: Result) => number | undefined): Metric<Result> {
  return { isTime: true, of };
}

/** A metric that counts. */
export function number<Result>(of: (result: Result) => number | undefined): Metric<Result> {
  return { isTime: false, of };
}

/** The figures of a latency, with a prefix. */
export function latencyMetrics<Result>(
  prefix: string,
  of: (result: Result) => LatencySummary | null,
): Metrics<Result> {
  return Object.fromEntries(
    (["p50", "p99", "max", "mean"] as const).map((name) => [
      prefix + name,
      time<Result>((result) => of(result)?.[name]),
    ]),
  );
}

/** Counts of deliveries and of their faults. */
export function deliveryMetrics<Result>(of: (result: Result) => LedgerTotals): Metrics<Result> {
  return {
    lost: number((result) => of(result).lost),
    cutoff: number((result) => of(result).cutOff),
    skipped: number((result) => of(result).skipped),
    corrupted: number((result) => of(result).corrupted),
    duplicated: number((result) => of(result).duplicated),
    reordered: number((result) => of(result).reordered),
    misdelivered: number((result) => of(result).misdelivered),
    received: number((result) => of(result).received),
  };
}

/** Number of errors of all kinds. */
export const ERRORS: Metrics<{ readonly errors: readonly ErrorCount[] }> = {
  errors: number(({ errors }) => errors.reduce((sum, { count }) => sum + count, 0)),
};

/** Of `broadcast` and `echo`. */
export const TRAFFIC_METRICS: Metrics<BenchmarkResult> = {
  p50: time((result) => result.latencyMicroseconds?.p50),
  p90: time((result) => percentileOf(result, 90)),
  p99: time((result) => result.latencyMicroseconds?.p99),
  p999: time((result) => percentileOf(result, 99.9)),
  max: time((result) => result.latencyMicroseconds?.max),
  mean: time((result) => result.latencyMicroseconds?.mean),
  "first.p50": time((result) => result.firstLatencyMicroseconds?.p50),
  "first.p99": time((result) => result.firstLatencyMicroseconds?.p99),
  "last.p50": time((result) => result.lastLatencyMicroseconds?.p50),
  "last.p99": time((result) => result.lastLatencyMicroseconds?.p99),
  "slip.p99": time((result) => result.slipMicroseconds?.p99),
  ...deliveryMetrics((result) => result.deliveries),
  messages: number((result) => result.messages),
  joined: number((result) => result.joined),
  order: {
    ...number((result) => result.orderViolations ?? undefined),
    uncheckedOf: ({ orderUnchecked }) => orderUnchecked ?? 0,
  },
  ...ERRORS,
  rate: number((result) => result.messagesPerSecond),
  throughput: number((result) => result.deliveries.perSecond),
};

function percentileOf({ longPercentiles }: BenchmarkResult, percent: number) {
  return longPercentiles?.find((each) => each.percent === percent)?.microseconds;
}
