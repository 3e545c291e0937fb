/** How often a session may say something: a burst at once, then so many a second. */
export interface Rate {
  /** Frames a second, more than 0. */
  readonly perSecond: number;
  /** Frames at once, at least 1. */
  readonly burst: number;
}

/** A pasted poem passes at once, a flood is slowed to what a room can read. */
export const DEFAULT_RATE: Rate = { perSecond: 20, burst: 40 };

/**
 * A token bucket: it holds at most `burst` tokens, gains `perSecond` a second, and each frame takes
 * one. Times are monotonic milliseconds and passed in.
 */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  constructor(private readonly rate: Rate, now: number) {
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /** Takes one token, if there is one. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Gives back the token that was taken last. */
  giveBack(): void {
    this.#tokens = Math.min(this.rate.burst, this.#tokens + 1);
  }

  /** Milliseconds until there is a token; 0 if there is one. */
  wait(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * 1000 / this.rate.perSecond);
  }

  #fill(now: number): void {
    const gained = (now - this.#filledAt) * this.rate.perSecond / 1000;
    this.#tokens = Math.min(this.rate.burst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
