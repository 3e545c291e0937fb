/** States: free, taken, and taken while others may wait. */
const FREE = 0;
const TAKEN = 1;
const AWAITED = 2;

/** Allocates the memory of a {@link Mutex}. It can be posted to other threads. */
export function mutexMemory(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/**
 * A mutex between threads: the second one of Ulrich Drepper's "Futexes Are Tricky" (2011). It is meant
 * for steps of microseconds, since a waiting thread is blocked.
 */
export class Mutex {
  constructor(private readonly memory: Int32Array) {}

  /** Runs a step while no other thread runs one. It must not await, and not take the mutex again. */
  exclusively<Result>(step: () => Result): Result {
    this.#take();
    try {
      return step();
    } finally {
      this.#release();
    }
  }

  #take(): void {
    if (Atomics.compareExchange(this.memory, 0, FREE, TAKEN) === FREE) return;
    while (Atomics.exchange(this.memory, 0, AWAITED) !== FREE) {
      Atomics.wait(this.memory, 0, AWAITED);
    }
  }

  #release(): void {
    if (Atomics.exchange(this.memory, 0, FREE) === AWAITED) Atomics.notify(this.memory, 0, 1);
  }
}
