/** Nobody has it, somebody has it, somebody has it and others may wait. */
const FREE = 0;
const TAKEN = 1;
const AWAITED = 2;

/** What a {@link Mutex} keeps. It can be posted to other threads. */
export function mutexMemory(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/**
 * Lets one thread at a time do something: the second mutex of Ulrich Drepper's "Futexes Are Tricky"
 * (2011). It is meant for steps of microseconds, since whoever waits does nothing else.
 */
export class Mutex {
  constructor(private readonly memory: Int32Array) {}

  /** Does a step that no other thread does meanwhile. It must not await, and not take the mutex again. */
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
