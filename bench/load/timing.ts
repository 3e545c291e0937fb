import type { Task } from "tinybench";

/** The figures of one task, measured by tinybench. */
export interface Timing {
  /** Mean of all samples. */
  readonly mean: number;
  /** Median. */
  readonly p50: number;
  /** 99th percentile. */
  readonly p99: number;
  /** Relative margin of error of the mean, in percent. */
  readonly rme: number;
  /** Iterations that were measured. */
  readonly samples: number;
}

/**
 * tinybench's own statistics of a task, or `null` where it has none.
 *
 * @internal
 * @param perMillisecond by what its milliseconds are multiplied.
 */
export function timingOf({ result }: Task, perMillisecond: number): Timing | null {
  if (!("latency" in result)) return null;
  const { mean, p50, p99, rme, samplesCount } = result.latency;
  const scaled = (value: number) => Math.round(value * perMillisecond * 1000) / 1000;
  return {
    ...{ mean: scaled(mean), p50: scaled(p50), p99: scaled(p99) },
    rme: Math.round(rme * 100) / 100,
    samples: samplesCount,
  };
}
