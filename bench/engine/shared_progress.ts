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
