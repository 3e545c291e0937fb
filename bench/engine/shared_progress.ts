import {
  type HistogramSnapshot,
  type IntervalLatencies,
  LatencyHistogram,
} from "../ledger/latency_histogram.ts";
import { type BenchmarkProgress, STAGES } from "../load/progress.ts";

/**
 * Combines the progress reports of several threads.
 *
 * 1. A report is passed on once every thread has sent one since the last time, so that the figures of
 *    one second are never added to those of the second before.
 * 2. A thread that has reached the next stage waits until the others reach it.
 * 3. Threads that have joined all their connections send no reports until the run begins; the others
 *    do not wait for them.
 */
export class SharedProgress {
  readonly #parts: (BenchmarkProgress | undefined)[];
  /** Threads whose next report is missing. */
  readonly #awaited = new Set<number>();
  /** Threads that have finished and send no more reports. */
  readonly #finished = new Set<number>();

  /** @param onReports is called with the last report of each thread. */
  constructor(
    threads: number,
    private readonly onReports: (parts: readonly BenchmarkProgress[]) => void,
  ) {
    this.#parts = Array.from({ length: threads }, () => undefined);
    for (const thread of this.#parts.keys()) this.#awaited.add(thread);
  }

  /** Takes a report of a thread. */
  report(thread: number, part: BenchmarkProgress): void {
    const isAgain = !this.#awaited.delete(thread);
    this.#parts[thread] = part;
    if (isAgain && part.stage === "joining") this.#reportNow();
    else this.#reportWhenComplete();
  }

  /** Waits for no more reports of a thread. */
  leave(thread: number): void {
    this.#finished.add(thread);
    const wasAwaited = this.#awaited.delete(thread);
    if (wasAwaited && this.#finished.size < this.#parts.length) this.#reportWhenComplete();
  }

  #reportWhenComplete(): void {
    if (this.#awaited.size > 0) return;
    const farthest = Math.max(...this.#unfinished().map((thread) => this.#stageOf(thread)));
    for (const thread of this.#unfinished()) {
      if (this.#stageOf(thread) < farthest) this.#awaited.add(thread);
    }
    if (this.#awaited.size === 0) this.#reportNow();
  }

  #reportNow(): void {
    for (const thread of this.#unfinished()) this.#awaited.add(thread);
    const known = this.#parts.flatMap((part) => part ?? []);
    if (known.length === this.#parts.length) this.onReports(known);
  }

  #unfinished(): number[] {
    return [...this.#parts.keys()].filter((thread) => !this.#finished.has(thread));
  }

  #stageOf(thread: number): number {
    const part = this.#parts[thread];
    return part === undefined ? -1 : STAGES.indexOf(part.stage);
  }
}

/**
 * The latencies of single seconds where several threads measure. Percentiles cannot be added, so every
 * thread sends the histogram of each second, and the percentiles are computed from their sum.
 */
export class SharedIntervals {
  /** One entry per second that all threads have sent; `null` without any delivery. */
  readonly latencies: (IntervalLatencies | null)[] = [];
  /** The histograms of each thread for seconds that other threads have not sent yet. */
  readonly #pending: HistogramSnapshot[][];

  constructor(threads: number) {
    this.#pending = Array.from({ length: threads }, () => []);
  }

  /** Adds the histogram of a thread's next second. */
  add(thread: number, snapshot: HistogramSnapshot): void {
    this.#pending[thread]!.push(snapshot);
    while (this.#pending.every((queue) => queue.length > 0)) {
      const second = new LatencyHistogram();
      for (const queue of this.#pending) second.add(queue.shift()!);
      this.latencies.push(second.interval());
    }
  }
}
