/** An entry of a {@link FairPool}. Its key must not change while it is in the pool. */
export interface FairPoolEntry {
  /** Entries with the same key are limited together. */
  readonly key: string;
}

/**
 * A bounded set that always accepts a new entry. If it is full, the oldest entry of the key with the
 * most entries, the new one included, is removed. So one key can only displace its own entries, and the
 * entries of keys with few of them stay.
 *
 * If several keys have the most, the one that has had this number for the longest time loses an entry.
 * All operations are O(1). Iterates over the entries from the oldest to the newest.
 */
export class FairPool<Entry extends FairPoolEntry> implements Iterable<Entry> {
  readonly #entries = new Set<Entry>();
  /** The entries of each key, oldest first. */
  readonly #byKey = new Map<string, Set<Entry>>();
  readonly #keysByCount = new Map<number, Set<string>>();
  #largestCount = 0;

  /** @param limit maximum number of entries, at least 1. */
  constructor(readonly limit: number) {}

  get size(): number {
    return this.#entries.size;
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values();
  }

  /** Adds a new entry as the newest. @returns the entry that was removed for it, if any. */
  add(entry: Entry): Entry | undefined {
    const alike = this.#byKey.get(entry.key) ?? new Set();
    this.#byKey.set(entry.key, alike.add(entry));
    this.#entries.add(entry);
    this.#recount(entry.key, alike.size - 1, alike.size);
    if (this.size <= this.limit) return undefined;
    const [largest] = this.#keysByCount.get(this.#largestCount)!;
    const [oldest] = this.#byKey.get(largest!)!;
    this.delete(oldest!);
    return oldest;
  }

  /** Removes an entry. @returns whether it was in the pool. */
  delete(entry: Entry): boolean {
    if (!this.#entries.delete(entry)) return false;
    const alike = this.#byKey.get(entry.key)!;
    alike.delete(entry);
    if (alike.size === 0) this.#byKey.delete(entry.key);
    this.#recount(entry.key, alike.size + 1, alike.size);
    return true;
  }

  #recount(key: string, before: number, after: number): void {
    const left = this.#keysByCount.get(before);
    if (left !== undefined) {
      left.delete(key);
      if (left.size === 0) this.#keysByCount.delete(before);
    }
    if (after > 0) {
      const joined = this.#keysByCount.get(after) ?? new Set();
      this.#keysByCount.set(after, joined.add(key));
    }
    if (after > this.#largestCount) this.#largestCount = after;
    else if (!this.#keysByCount.has(this.#largestCount)) this.#largestCount = after;
  }
}
