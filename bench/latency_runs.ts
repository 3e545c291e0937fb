import { LatencyHistogram } from "./latency_histogram.ts";

/**
 * A histogram for latencies of which many in a row are equal: they are recorded together.
 *
 * What came in one chunk has been under way equally long more often than not, and adding 1 to a
 * number costs a tenth of recording a value.
 */
export class LatencyRuns {
  readonly #histogram = new LatencyHistogram();
  #value = 0;
  #count = 0;

  /** Records a latency in microseconds. */
  record(microseconds: number): void {
    if (microseconds === this.#value) this.#count++;
    else this.#start(microseconds);
  }

  /** All that was recorded so far. */
  get histogram(): LatencyHistogram {
    this.#flush();
    return this.#histogram;
  }

  #start(microseconds: number): void {
    this.#flush();
    this.#value = microseconds;
    this.#count = 1;
  }

  #flush(): void {
    if (this.#count > 0) this.#histogram.record(this.#value, this.#count);
    this.#count = 0;
  }
}
