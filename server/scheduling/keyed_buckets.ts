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

  refundToken(key: string): void {
    this.#buckets.get(key)?.refund();
  }
}
