import { type Rate, TokenBucket } from "./token_bucket.ts";

/** Default maximum number of keys. */
const MAX_KEYS = 10_000;

/**
 * Token buckets by key, such as an address. An unknown key has a full bucket; past `maxKeys` the least
 * recently used one is removed. Times are monotonic milliseconds.
 */
export class KeyedBuckets {
  /** Least recently used first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(private readonly rate: Rate, private readonly maxKeys: number = MAX_KEYS) {}

  get size(): number {
    return this.#buckets.size;
  }

  /** Milliseconds until the key has a token; 0 if it has one. */
  wait(key: string, now: number): number {
    return this.#buckets.get(key)?.wait(now) ?? 0;
  }

  /** Takes a token of the key. @returns false if it has none. */
  take(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.rate, now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.maxKeys) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    if (bucket.wait(now) > 0) return false;
    bucket.take(now);
    return true;
  }

  /** Takes a token of the key. @returns 0, or the whole seconds until it has one. */
  takeOrWait(key: string, now: number): number {
    return this.take(key, now) ? 0 : Math.ceil(this.wait(key, now) / 1000);
  }

  /** Takes more tokens of a key that has taken one; it may go into debt. */
  charge(key: string, now: number, tokens: number): void {
    this.#buckets.get(key)?.take(now, tokens);
  }

  refundToken(key: string): void {
    this.#buckets.get(key)?.refund();
  }
}
