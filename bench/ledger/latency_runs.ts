import {
  type HistogramSnapshot,
  type IntervalLatencies,
  LatencyHistogram,
} from "./latency_histogram.ts";

/**
 * A histogram for latencies of which many in a row are equal: they are recorded together.
 *
 * What came in one chunk has been under way equally long more often than not, and adding 1 to a
 * number costs a tenth of recording a value.
 */
export class LatencyRuns {
  readonly #ended = new LatencyHistogram();
  /** Since the last interval ended. */
  readonly #interval = new LatencyHistogram();
  #value = 0;
  #count = 0;

  /** Records a latency in microseconds, as often as it was seen. */
  record(microseconds: number, count = 1): void {
    if (microseconds === this.#value) this.#count += count;
    else this.#start(microseconds, count);
  }

  /** All that was recorded so far. */
  get histogram(): LatencyHistogram {
    this.endInterval();
    return this.#ended;
  }

  /** The longest latency so far, in microseconds; the interval goes on. */
  get max(): number {
    this.#flush();
    return Math.max(this.#ended.max, this.#interval.max);
  }

  /** What was recorded since the last interval ended, for other threads. */
  intervalSnapshot(): HistogramSnapshot {
    this.#flush();
    return this.#interval.snapshot();
  }

  /** What was recorded since this was asked last, or `null` where that is nothing. */
  endInterval(): IntervalLatencies | null {
    this.#flush();
    const latencies = this.#interval.interval();
    if (latencies !== null) this.#ended.take(this.#interval);
    return latencies;
  }

  #start(microseconds: number, count: number): void {
    this.#flush();
    this.#value = microseconds;
    this.#count = count;
  }

  #flush(): void {
    if (this.#count > 0) this.#interval.record(this.#value, this.#count);
    this.#count = 0;
  }
}
