interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Takes the place of `setTimeout` until it is disposed of; its time passes by {@link advance} alone. */
export class FakeTimers {
  readonly #original = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  readonly #timers = new Map<number, Timer>();
  #time = 0;
  #lastId = 0;

  constructor() {
    const replacement = {
      setTimeout: (run: () => void, milliseconds: number) => {
        this.#timers.set(++this.#lastId, { due: this.#time + milliseconds, run });
        return this.#lastId;
      },
      clearTimeout: (id: number | undefined) => {
        if (id !== undefined) this.#timers.delete(id);
      },
    };
    Object.assign(globalThis, replacement);
  }

  /** Timers that are running. */
  get size(): number {
    return this.#timers.size;
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    this.#time += milliseconds;
    for (const [id, { due, run }] of [...this.#timers]) {
      if (due > this.#time || !this.#timers.delete(id)) continue;
      run();
    }
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#original);
  }
}

const REAL = { setTimeout: globalThis.setTimeout };

let untilTestEnds: FakeTimers | undefined;

/** Replaces `setTimeout` until the test ends, unless it is replaced: no timer elapses or is left. */
export function stopTimers(): void {
  if (globalThis.setTimeout === REAL.setTimeout) untilTestEnds = new FakeTimers();
}

Deno.test.afterEach(() => {
  untilTestEnds?.[Symbol.dispose]();
  untilTestEnds = undefined;
});
