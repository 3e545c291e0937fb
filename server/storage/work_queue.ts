/** Too much is waiting already. */
export class WorkQueueFullError extends Error {
  override readonly name = "WorkQueueFullError";
}

/** Runs so many tasks at a time, in order, and lets so many wait. */
export class WorkQueue {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /**
   * @param atOnce tasks that run at a time, at least 1.
   * @param maxWaiting tasks beyond those that may wait.
   */
  constructor(private readonly atOnce: number, private readonly maxWaiting: number) {}

  /**
   * Runs a task when it is its turn.
   *
   * @throws WorkQueueFullError when too many are waiting; the task is not run then.
   */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.atOnce) this.#running++;
    else if (this.#waiting.length >= this.maxWaiting) {
      throw new WorkQueueFullError(`Cannot start a task: ${this.maxWaiting} are waiting`);
    } else await new Promise<void>((start) => this.#waiting.push(start));
    try {
      return await task();
    } finally {
      // Whoever is next takes the place over: nobody can come in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
