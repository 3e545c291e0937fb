import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";

/** Largest latency that is told apart: an hour. What took longer is recorded as an hour. */
export const MAX_LATENCY_MICROSECONDS = 3_600_000_000;

/** Latencies added up. Microseconds; the percentiles and the mean are exact to three digits. */
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
  /** As many per cent of all latencies are not above. */
  readonly microseconds: number;
}

/** Parts of the way from one percentile to 100 that the curve takes in one step. */
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
  /** In the format that all HDR histogram libraries share (V2, compressed, base64). */
  readonly encoded: string;
  /** The highest value, which that format tells to three digits only. */
  readonly maxMicroseconds: number;
}

/**
 * Latencies in microseconds, exact to three significant digits at any size (an HDR histogram).
 *
 * The library takes whole numbers in its range only, and takes anything else without a word and
 * counts it wrongly, so what comes in is rounded and bounded here.
 */
export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: MAX_LATENCY_MICROSECONDS,
    numberOfSignificantValueDigits: 3,
    // 32 bits overflow in a few minutes at ten million deliveries a second.
    bitBucketSize: 64,
  });
  #max = 0;

  /** A histogram of all that several have recorded. */
  static of(...snapshots: readonly HistogramSnapshot[]): LatencyHistogram {
    const histogram = new LatencyHistogram();
    for (const snapshot of snapshots) histogram.add(snapshot);
    return histogram;
  }

  /** The longest latency, in microseconds; 0 where there is none. */
  get max(): number {
    return this.#max;
  }

  /** How many latencies are recorded. */
  get count(): number {
    return this.#histogram.totalCount;
  }

  /**
   * Records a latency.
   *
   * @param microseconds below 0 counts as 0, over an hour as an hour.
   * @param count how often it was seen.
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
      // It is made of the middles of buckets, which may lie past the highest value recorded, too.
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

  /** What is told of a part of a run; `null` when nothing was recorded. */
  interval(): IntervalLatencies | null {
    const [p50, p99] = [this.percentile(50), this.percentile(99)];
    return p50 === null || p99 === null ? null : { p50, p99 };
  }

  /** The percentile `percent`, 0 to 100; `null` when nothing was recorded. */
  percentile(percent: number): number | null {
    if (this.count === 0) return null;
    // A bucket is told by its highest value, which may lie past the highest one recorded.
    return Math.min(this.#histogram.getValueAtPercentile(percent), this.#max);
  }

  /**
   * The curve of the percentiles, from the shortest latency to the longest, in steps that get smaller
   * towards 100 % for as long as there are latencies enough to tell them apart.
   */
  curve(): LatencyPoint[] {
    const points: LatencyPoint[] = [];
    const add = (percent: number) => {
      const microseconds = this.percentile(percent);
      if (microseconds !== null) points.push({ percent, microseconds });
    };
    for (let left = 100; left / 100 * this.count >= 1; left *= 1 - CURVE_STEP) {
      add(Math.round((100 - left) * 1e6) / 1e6);
    }
    add(100);
    return points;
  }

  /** Takes what another histogram has recorded, which is empty then. */
  take(other: LatencyHistogram): void {
    this.#histogram.add(other.#histogram);
    this.#max = Math.max(this.#max, other.#max);
    other.#histogram.reset();
    other.#max = 0;
  }

  /** All that is recorded, as plain data. */
  snapshot(): HistogramSnapshot {
    return {
      encoded: encodeIntoCompressedBase64(this.#histogram),
      maxMicroseconds: this.#max,
    };
  }

  /** Adds what another histogram has recorded. Counts and percentiles are then those of both
   * together, exactly. */
  add(snapshot: HistogramSnapshot): void {
    this.#histogram.add(decodeFromCompressedBase64(snapshot.encoded, 64));
    this.#max = Math.max(this.#max, snapshot.maxMicroseconds);
  }
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
