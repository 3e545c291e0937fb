import {
  type HistogramSnapshot,
  type IntervalLatencies,
  LatencyHistogram,
} from "../ledger/latency_histogram.ts";

/**
 * The latencies of single seconds where several threads measure: percentiles cannot be added, so every
 * thread tells the histogram of each second, and what is kept is what all of them come to.
 */
export class SharedIntervals {
  /** Of every second that all threads have told; `null` where nothing came in. */
  readonly latencies: (IntervalLatencies | null)[] = [];
  /** What each thread has told of seconds that not all have told. */
  readonly #told: HistogramSnapshot[][];

  constructor(threads: number) {
    this.#told = Array.from({ length: threads }, () => []);
  }

  /** A thread tells of its next second. */
  add(thread: number, snapshot: HistogramSnapshot): void {
    this.#told[thread]!.push(snapshot);
    while (this.#told.every((told) => told.length > 0)) {
      const second = new LatencyHistogram();
      for (const told of this.#told) second.add(told.shift()!);
      this.latencies.push(second.interval());
    }
  }
}
