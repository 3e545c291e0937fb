import { seededRandom } from "../../bench/ledger/random.ts";

/** The random choices of a run; the same seed makes the same ones. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** A number from 0 up to 1. */
  readonly number = (): number => this.#next();

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A number between two others. */
  between(least: number, most: number): number {
    return least + this.#next() * (most - least);
  }

  /** A whole number between two others, both included. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.whole(0, items.length - 1)]!;
  }

  /** Another source, whose choices do not depend on how many this one has made later. */
  fork(): Random {
    return new Random(Math.floor(this.#next() * 2 ** 32));
  }
}
