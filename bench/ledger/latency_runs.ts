import {
  type HistogramSnapshot,
  type IntervalLatencies,
  LatencyHistogram,
} from "./latency_histogram.ts";

/**
 * A histogram that counts equal latencies in a row and records them together.
 *
 * Messages of one chunk often have the same latency, and counting costs a tenth of recording.
 */
export class LatencyRuns {
  readonly #ended = new LatencyHistogram();
  /** Since the last interval ended. */
  readonly #interval = new LatencyHistogram();
  #value = 0;
  #count = 0;

  /**
   * Records a latency.
   *
   * @param count number of equal latencies.
   */
  record(microseconds: number, count = 1): void {
    if (microseconds === this.#value) this.#count += count;
    else this.#start(microseconds, count);
  }

  /** All latencies so far. Ends the interval. */
  get histogram(): LatencyHistogram {
    this.endInterval();
    return this.#ended;
  }

  /** The longest latency so far, in microseconds. Does not end the interval. */
  get max(): number {
    this.#flush();
    return Math.max(this.#ended.max, this.#interval.max);
  }

  /** The latencies since the last interval ended. */
  intervalSnapshot(): HistogramSnapshot {
    this.#flush();
    return this.#interval.snapshot();
  }

  /** Ends the interval. Returns its latencies, or `null` if it has no samples. */
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
