/** An entry of a {@link FairPool}. Its key must not change while it is in the pool. */
export interface FairPoolEntry {
  /** Entries with the same key share the blame for a full pool. */
  readonly key: string;
}

/**
 * A bounded set that always takes a new entry. When it is full, the oldest entry of the key with the
 * most entries, the new one included, is removed. So one key can fill the pool only with itself: its
 * entries replace each other, and the entries of keys that have few stay.
 *
 * Where several keys have the most, the one that has had that number for the longest time gives way.
 * All operations are O(1).
 */
export class FairPool<Entry extends FairPoolEntry> {
  /** The entries of each key, the oldest first. */
  readonly #entries = new Map<string, Set<Entry>>();
  /** The keys that have each number of entries. */
  readonly #keysByCount = new Map<number, Set<string>>();
  #largestCount = 0;
  #size = 0;

  /** @param limit entries at once, at least 1. */
  constructor(readonly limit: number) {}

  /** Entries in the pool. */
  get size(): number {
    return this.#size;
  }

  /** Adds an entry, as the newest of its key. @returns the entry that was removed to make room. */
  add(entry: Entry): Entry | undefined {
    const entries = this.#entries.get(entry.key) ?? new Set();
    this.#entries.set(entry.key, entries.add(entry));
    this.#size++;
    this.#recount(entry.key, entries.size - 1, entries.size);
    if (this.#size <= this.limit) return undefined;
    const [largest] = this.#keysByCount.get(this.#largestCount)!;
    const [oldest] = this.#entries.get(largest!)!;
    this.delete(oldest!);
    return oldest;
  }

  /** Removes an entry. @returns whether it was in the pool. */
  delete(entry: Entry): boolean {
    const entries = this.#entries.get(entry.key);
    if (entries === undefined || !entries.delete(entry)) return false;
    if (entries.size === 0) this.#entries.delete(entry.key);
    this.#size--;
    this.#recount(entry.key, entries.size + 1, entries.size);
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
