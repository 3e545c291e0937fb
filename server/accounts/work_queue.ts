import { setTimeout } from "node:timers";
import { systemClock } from "../scheduling/clock.ts";

export class WorkQueueFullError extends Error {
  override readonly name = "WorkQueueFullError";
}

/** One priority of a {@link WorkQueue}. */
export interface WorkQueueRank {
  /** Running tasks of any rank with which a task of this one still starts; at least 1. */
  readonly atOnce: number;
  /** Tasks of this rank that may wait. */
  readonly maxWaiting: number;
  /** Pause of the rank after each task, in multiples of the time of the task; default 0. It bounds the
   * share of a core that the rank uses. */
  readonly restFactor?: number;
}

/** Clock and timer of a {@link WorkQueue}; a test passes its own. */
export interface WorkQueueEnvironment {
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number;
  after(milliseconds: number, callback: () => void): unknown;
}

/**
 * Runs a bounded number of tasks at a time. Tasks have ranks: those of the first rank start before
 * all others, and no rank takes the waiting places of another.
 */
export class WorkQueue<Rank extends string> {
  readonly #ranks: readonly [Rank, WorkQueueRank][];
  readonly #waiting: Record<Rank, (() => void)[]>;
  /** End of the rest of each rank, by the environment's clock. */
  readonly #restEnds = new Map<Rank, number>();
  /** Ranks with tasks that wait for the end of a rest. */
  readonly #waking = new Set<Rank>();
  #running = 0;

  /** @param ranks in the order of their priority. */
  constructor(
    private readonly ranks: Readonly<Record<Rank, WorkQueueRank>>,
    private readonly environment: WorkQueueEnvironment = {
      monotonic: systemClock.monotonic,
      after: (milliseconds, callback) => setTimeout(callback, milliseconds),
    },
  ) {
    this.#ranks = Object.entries(ranks) as [Rank, WorkQueueRank][];
    this.#waiting = Object.fromEntries(this.#ranks.map(([rank]) => [rank, []])) as never;
  }

  /**
   * Runs a task when a place for its rank is free.
   *
   * @throws {WorkQueueFullError} when too many of its rank are waiting: then the task does not run.
   */
  async run<Result>(rank: Rank, task: () => Promise<Result>): Promise<Result> {
    const { atOnce, maxWaiting } = this.ranks[rank];
    const queue = this.#waiting[rank];
    // Waiting tasks start first: a free place is only taken if no task of the rank waits.
    const isResting = this.#isResting(rank);
    const isFree = this.#running < atOnce && !isResting;
    if (isFree && queue.length === 0) this.#running++;
    else if (queue.length >= maxWaiting) {
      throw new WorkQueueFullError(`Cannot start a task: ${maxWaiting} are waiting`);
    } else {
      if (isResting) this.#wakeAfterRest(rank);
      await new Promise<void>((start) => queue.push(start));
    }
    const start = this.environment.monotonic();
    try {
      return await task();
    } finally {
      this.#running--;
      this.#rest(rank, this.environment.monotonic() - start);
      this.#startNext();
    }
  }

  #rest(rank: Rank, taken: number): void {
    const { restFactor = 0 } = this.ranks[rank];
    if (restFactor > 0) this.#restEnds.set(rank, this.environment.monotonic() + taken * restFactor);
  }

  #isResting(rank: Rank): boolean {
    return this.environment.monotonic() < (this.#restEnds.get(rank) ?? -Infinity);
  }

  /** A timer runs only while a task waits for it. */
  #wakeAfterRest(rank: Rank): void {
    if (this.#waking.has(rank)) return;
    this.#waking.add(rank);
    const left = this.#restEnds.get(rank)! - this.environment.monotonic();
    // The rest may have ended since the caller asked.
    this.environment.after(Math.max(left, 0), () => {
      this.#waking.delete(rank);
      this.#startNext();
    });
  }

  #startNext(): void {
    for (const [rank, { atOnce }] of this.#ranks) {
      if (this.#running >= atOnce || this.#waiting[rank].length === 0) continue;
      if (this.#isResting(rank)) {
        this.#wakeAfterRest(rank);
        continue;
      }
      const next = this.#waiting[rank].shift();
      if (next === undefined) continue;
      this.#running++;
      return next();
    }
  }
}
