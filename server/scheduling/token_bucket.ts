/** A rate limit: a burst, then a number of tokens per second. */
export interface Rate {
  /** Tokens per second, more than 0. */
  readonly perSecond: number;
  /** Tokens at once, at least 1. */
  readonly burst: number;
}

/** A rate per hour; the burst is that of a whole hour. */
export function perHour(count: number): Rate {
  return { burst: count, perSecond: count / 3600 };
}

/** A pasted poem passes at once; a flood is reduced to the reading speed of a room. */
export const DEFAULT_RATE: Rate = { perSecond: 20, burst: 40 };

/** Wrong passwords, or wrong tokens, that are checked for one address. */
export const ADDRESS_GUESSES: Rate = { burst: 20, perSecond: 10 / 60 };

/** Input bytes per token. An ordinary line costs one token; a frame of maximum size, the most expensive one
 * to parse, costs 17. */
export const INPUT_BYTES_PER_TOKEN = 2048;

/** Output bytes per token. The last 50 messages of a room cost one or two tokens, a list of a thousand
 * names about five, a replay of a megabyte 64. */
export const OUTPUT_BYTES_PER_TOKEN = 16_384;

/** Tokens for the hash of a password, which takes a core for 100 ms. */
export const HASH_TOKENS = 10;

/**
 * A token bucket: it holds at most `burst` tokens and gains `perSecond` per second. Times are monotonic
 * milliseconds and passed in.
 *
 * Work costs tokens by its size, which for answers is only known afterwards: {@link take} may leave a
 * debt, and the next work waits until it is paid.
 */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  constructor(private readonly rate: Rate, now: number) {
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /** Takes tokens, at least 0; the bucket may go into debt. */
  take(now: number, tokens = 1): void {
    this.#fill(now);
    this.#tokens -= tokens;
  }

  refund(tokens = 1): void {
    this.#tokens = Math.min(this.rate.burst, this.#tokens + tokens);
  }

  /** Milliseconds until it has a token; 0 if it has one. */
  wait(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * 1000 / this.rate.perSecond);
  }

  /** Whether it is at least three quarters full. */
  isNearlyFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.rate.burst * 3 / 4;
  }

  #fill(now: number): void {
    const gained = (now - this.#filledAt) * this.rate.perSecond / 1000;
    this.#tokens = Math.min(this.rate.burst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
