import type { Random } from "./random.ts";

interface Entry {
  readonly at: number;
  /** Decides between entries of the same time. */
  readonly tie: number;
  run: (() => void) | undefined;
}

/**
 * The simulated time, and everything that is going to happen in it. Entries of the same time run in an
 * order that the seed decides.
 */
export class Timeline {
  #now = 0;
  /** A binary heap, the next entry first. */
  readonly #entries: Entry[] = [];

  constructor(private readonly random: Random) {}

  /** Milliseconds since the start. */
  get now(): number {
    return this.#now;
  }

  /** Lets time pass within an entry, such as for work of a processor. */
  spend(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Runs a function after a number of milliseconds. @returns a function that cancels it. */
  after(milliseconds: number, run: () => void): () => void {
    const entry: Entry = {
      at: this.#now + Math.max(0, milliseconds),
      tie: this.random.number(),
      run,
    };
    this.#push(entry);
    return () => entry.run = undefined;
  }

  /** Runs the next entry. @returns false without one. */
  step(): boolean {
    while (this.#entries.length > 0) {
      const { at, run } = this.#pop();
      if (run === undefined) continue;
      this.#now = Math.max(this.#now, at);
      run();
      return true;
    }
    return false;
  }

  #push(entry: Entry): void {
    const entries = this.#entries;
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(entries[parent]!, entry)) break;
      entries[index] = entries[parent]!;
      index = parent;
    }
    entries[index] = entry;
  }

  #pop(): Entry {
    const entries = this.#entries;
    const first = entries[0]!;
    const last = entries.pop()!;
    if (entries.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      const right = entries[child + 1];
      if (right !== undefined && isBefore(right, entries[child]!)) child++;
      if (isBefore(last, entries[child]!)) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = last;
    return first;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}
