/** How long to wait between attempts to connect again. */
export interface BackoffOptions {
  /** Milliseconds before the first attempt, about; default 500. */
  readonly first?: number;
  /** Most milliseconds between two attempts; default 30,000. */
  readonly most?: number;
  /** A random number from 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Growing delays with jitter.
 *
 * Each is twice as long as the one before, up to a bound, and a random part of it between the half
 * and the whole: when a server restarts, its clients do not come back all in one moment.
 */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor({ first = 500, most = 30_000, random = Math.random }: BackoffOptions = {}) {
    this.#first = first;
    this.#most = most;
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const whole = Math.min(this.#most, this.#first * 2 ** this.#attempts);
    if (whole < this.#most) this.#attempts++;
    return whole * (0.5 + this.#random() / 2);
  }

  /** An attempt has succeeded: it begins anew. */
  reset(): void {
    this.#attempts = 0;
  }
}
