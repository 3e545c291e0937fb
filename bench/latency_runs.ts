import { LatencyHistogram } from "./latency_histogram.ts";

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

  /** Records a latency in microseconds. */
  record(microseconds: number): void {
    if (microseconds === this.#value) this.#count++;
    else this.#start(microseconds);
  }

  /** All that was recorded so far. */
  get histogram(): LatencyHistogram {
    this.endInterval();
    return this.#ended;
  }

  /** The median and the 99th percentile of what was recorded since this was asked last, or `null`
   * where that is nothing. */
  endInterval(): { p50: number; p99: number } | null {
    this.#flush();
    const [p50, p99] = [this.#interval.percentile(50), this.#interval.percentile(99)];
    if (p50 === null || p99 === null) return null;
    this.#ended.take(this.#interval);
    return { p50, p99 };
  }

  #start(microseconds: number): void {
    this.#flush();
    this.#value = microseconds;
    this.#count = 1;
  }

  #flush(): void {
    if (this.#count > 0) this.#interval.record(this.#value, this.#count);
    this.#count = 0;
  }
}
