// The package's own entry loads its WebAssembly too, which takes 10 MB and 30 ms in each thread.
import { constructorFromBucketSize } from "hdr-histogram-js/dist/JsHistogramFactory.js";

/** Maximum latency: an hour. Longer ones are recorded as an hour. */
export const MAX_LATENCY_MICROSECONDS = 3_600_000_000;

/** A summary of latencies, in microseconds. The percentiles and the mean are exact to three digits. */
export interface LatencySummary {
  /** 2.5th percentile. */
  readonly p2_5: number;
  /** Median. */
  readonly p50: number;
  /** 97.5th percentile. */
  readonly p97_5: number;
  /** 99th percentile. */
  readonly p99: number;
  /** Mean, with up to three decimals. */
  readonly mean: number;
  /** Standard deviation, with up to three decimals. */
  readonly stdev: number;
  /** The longest, exact. */
  readonly max: number;
}

/** Percentiles far into the tails: those of autocannon's `-l`. */
const PERCENTS = [
  ...[0.001, 0.01, 0.1, 1, 2.5, 10, 25, 50, 75, 90, 97.5, 99, 99.9, 99.99, 99.999],
] as const;

/** A point of the curve of latencies. */
export interface LatencyPoint {
  /** 0 to 100. */
  readonly percent: number;
  /** This percentage of all latencies is not above it. */
  readonly microseconds: number;
}

/** Percentiles that the curve has exactly. */
const CURVE_PERCENTS = [50, 90, 99, 99.9, 99.99, 99.999];

/** Fraction of the distance from one percentile to 100 that is one step of the curve. */
const CURVE_STEP = 1 / 5;

/** The latencies of a part of a run, in microseconds. */
export interface IntervalLatencies {
  /** Median. */
  readonly p50: number;
  /** 99th percentile. */
  readonly p99: number;
}

/** A histogram as plain data, to be sent to another thread. */
export interface HistogramSnapshot {
  /** Latencies in microseconds, to three digits, each once and in ascending order. */
  readonly microseconds: Float64Array;
  /** By latency: how often it was recorded. */
  readonly counts: Float64Array;
  /** The highest value, exact. */
  readonly maxMicroseconds: number;
}

/** Significant digits of the latencies. */
const DIGITS = 3;

// 32 bits overflow in a few minutes at ten million deliveries per second.
const Histogram = constructorFromBucketSize(64);

/**
 * Latencies in microseconds, exact to three significant digits at any size (an HDR histogram).
 *
 * The library accepts any number, and counts fractions and numbers out of its range wrongly. So values
 * are rounded and bounded here.
 */
export class LatencyHistogram {
  readonly #histogram = new Histogram(1, MAX_LATENCY_MICROSECONDS, DIGITS);
  #max = 0;

  /** The sum of several histograms. */
  static of(...snapshots: readonly HistogramSnapshot[]): LatencyHistogram {
    const histogram = new LatencyHistogram();
    for (const snapshot of snapshots) histogram.add(snapshot);
    return histogram;
  }

  /** The longest latency, in microseconds; 0 without samples. */
  get max(): number {
    return this.#max;
  }

  /** Number of latencies. */
  get count(): number {
    return this.#histogram.totalCount;
  }

  /**
   * Records a latency.
   *
   * @param microseconds below 0 counts as 0, over an hour as an hour.
   * @param count number of equal latencies.
   * @throws {RangeError} if it is not a number, or the count not a whole number of at least 1.
   */
  record(microseconds: number, count = 1): void {
    if (Number.isNaN(microseconds)) throw new RangeError("Cannot record a latency: it is NaN");
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`Cannot record a latency ${count} times`);
    }
    const value = Math.round(Math.min(Math.max(microseconds, 0), MAX_LATENCY_MICROSECONDS));
    this.#histogram.recordValueWithCount(value, count);
    if (value > this.#max) this.#max = value;
  }

  /** The percentiles, or `null` when nothing was recorded. */
  summary(): LatencySummary | null {
    const histogram = this.#histogram;
    if (histogram.totalCount === 0) return null;
    const max = this.#max;
    const percentile = (percent: number) => this.percentile(percent)!;
    return {
      p2_5: percentile(2.5),
      p50: percentile(50),
      p97_5: percentile(97.5),
      p99: percentile(99),
      // The library uses the middles of buckets, which may exceed the highest value.
      mean: thousandths(Math.min(histogram.mean, max)),
      stdev: thousandths(histogram.stdDeviation),
      max,
    };
  }

  /** Fifteen percentiles from 0.001 to 99.999, or `null` when nothing was recorded. */
  percentiles(): LatencyPoint[] | null {
    if (this.count === 0) return null;
    return PERCENTS.map((percent) => ({ percent, microseconds: this.percentile(percent)! }));
  }

  /** The percentiles of a part of a run; `null` when nothing was recorded. */
  interval(): IntervalLatencies | null {
    const [p50, p99] = [this.percentile(50), this.percentile(99)];
    return p50 === null || p99 === null ? null : { p50, p99 };
  }

  /** The percentile `percent`, 0 to 100; `null` when nothing was recorded. */
  percentile(percent: number): number | null {
    if (this.count === 0) return null;
    // The library returns the end of a bucket, which may exceed the highest value.
    return Math.min(this.#histogram.getValueAtPercentile(percent), this.#max);
  }

  /**
   * The curve of the percentiles, from the shortest latency to the longest. The steps get smaller
   * towards 100 %, and end where one is less than one latency. The usual percentiles are among them.
   */
  curve(): LatencyPoint[] {
    if (this.count === 0) return [];
    const hasMore = (left: number) => left / 100 * this.count >= 1;
    const percents = CURVE_PERCENTS.filter((percent) => hasMore(100 - percent));
    for (let left = 100; hasMore(left); left *= 1 - CURVE_STEP) {
      percents.push(Math.round((100 - left) * 1e6) / 1e6);
    }
    return [...percents.toSorted((one, other) => one - other), 100].map((percent) => ({
      percent,
      microseconds: this.percentile(percent)!,
    }));
  }

  /** Moves the latencies of another histogram into this one. */
  take(other: LatencyHistogram): void {
    this.#histogram.add(other.#histogram);
    this.#max = Math.max(this.#max, other.#max);
    other.#histogram.reset();
    other.#max = 0;
  }

  /** The histogram as plain data. */
  snapshot(): HistogramSnapshot {
    const latencies: number[] = [];
    const counts: number[] = [];
    const values = this.#histogram.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const { valueIteratedTo, countAtValueIteratedTo } = values.next();
      latencies.push(valueIteratedTo);
      counts.push(countAtValueIteratedTo);
    }
    return {
      microseconds: Float64Array.from(latencies),
      counts: Float64Array.from(counts),
      maxMicroseconds: this.#max,
    };
  }

  /** Adds the latencies of another histogram, exactly. */
  add(snapshot: HistogramSnapshot): void {
    const { microseconds, counts, maxMicroseconds } = snapshot;
    microseconds.forEach((latency, index) => {
      // The end of the last bucket may lie over an hour.
      const value = Math.min(latency, MAX_LATENCY_MICROSECONDS);
      this.#histogram.recordValueWithCount(value, counts[index]!);
    });
    this.#max = Math.max(this.#max, maxMicroseconds);
  }
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
