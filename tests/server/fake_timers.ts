interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Takes the place of `setTimeout` until it is disposed of; its time passes by its methods alone. */
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

  /** Lets time pass, from one timer to the next. */
  advance(milliseconds: number): void {
    const end = this.#time + milliseconds;
    for (let id = this.#nextBefore(end); id !== undefined; id = this.#nextBefore(end)) {
      const { due, run } = this.#timers.get(id)!;
      this.#timers.delete(id);
      this.#time = Math.max(this.#time, due);
      run();
    }
    this.#time = end;
  }

  /** Lets time pass while nothing runs, and then runs what is due, as after a pause of the event loop. */
  jump(milliseconds: number): void {
    this.#time += milliseconds;
    for (const [id, { due, run }] of [...this.#timers]) {
      if (due <= this.#time && this.#timers.delete(id)) run();
    }
  }

  #nextBefore(end: number): number | undefined {
    const elapsed = [...this.#timers].filter(([_id, { due }]) => due <= end);
    return elapsed.sort(([_a, a], [_b, b]) => a.due - b.due)[0]?.[0];
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
