import {
  type HistogramSnapshot,
  type IntervalLatencies,
  LatencyHistogram,
} from "../ledger/latency_histogram.ts";
import { type BenchmarkProgress, STAGES } from "../load/progress.ts";

/**
 * How far several threads are.
 *
 * 1. It is told when all of them have told it since the last time, so that nothing of one second is
 *    added to what others have of the second before.
 * 2. Who has come to another stage waits for the others: they begin it together.
 * 3. While they join, those that have joined tell nothing more, and are not waited for.
 */
export class SharedProgress {
  readonly #parts: (BenchmarkProgress | undefined)[];
  /** Who is still to tell. */
  readonly #awaited = new Set<number>();
  /** Who has finished, and tells nothing more. */
  readonly #finished = new Set<number>();

  /** @param onTold is given what each of the threads has told last. */
  constructor(
    threads: number,
    private readonly onTold: (parts: readonly BenchmarkProgress[]) => void,
  ) {
    this.#parts = Array.from({ length: threads }, () => undefined);
    for (const thread of this.#parts.keys()) this.#awaited.add(thread);
  }

  /** A thread tells how far it is. */
  tell(thread: number, part: BenchmarkProgress): void {
    const isAgain = !this.#awaited.delete(thread);
    this.#parts[thread] = part;
    if (isAgain && part.stage === "joining") this.#tellNow();
    else this.#tellWhenAllHave();
  }

  /** A thread has finished. */
  leave(thread: number): void {
    this.#finished.add(thread);
    const wasAwaited = this.#awaited.delete(thread);
    if (wasAwaited && this.#finished.size < this.#parts.length) this.#tellWhenAllHave();
  }

  #tellWhenAllHave(): void {
    if (this.#awaited.size > 0) return;
    const farthest = Math.max(...this.#unfinished().map((thread) => this.#stageOf(thread)));
    for (const thread of this.#unfinished()) {
      if (this.#stageOf(thread) < farthest) this.#awaited.add(thread);
    }
    if (this.#awaited.size === 0) this.#tellNow();
  }

  #tellNow(): void {
    for (const thread of this.#unfinished()) this.#awaited.add(thread);
    const known = this.#parts.flatMap((part) => part ?? []);
    if (known.length === this.#parts.length) this.onTold(known);
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
