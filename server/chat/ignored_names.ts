/**
 * Whom one member ignores: the key of the name that they gave, and of the one that this user has now.
 *
 * To ask for a name takes the same time however many there are: it is asked for each message of a
 * history.
 */
export class IgnoredNames implements Iterable<readonly [chosen: string, current: string]> {
  readonly #current = new Map<string, string>();
  /** The chosen keys by the current one. */
  readonly #chosen = new Map<string, Set<string>>();

  /** How many there are. */
  get size(): number {
    return this.#current.size;
  }

  /** Whether a key is one that was given, or one that such a user has now. */
  has(key: string): boolean {
    return this.#current.has(key) || this.#chosen.has(key);
  }

  /** Adds a name by its key. */
  set(chosen: string, current: string): void {
    this.#delete(chosen);
    this.#current.set(chosen, current);
    this.#chosen.set(current, (this.#chosen.get(current) ?? new Set()).add(chosen));
  }

  /** Removes the names that were given by this key, or now have it. @returns all keys of theirs. */
  remove(key: string): ReadonlySet<string> {
    const removed = new Set<string>();
    for (const chosen of [...this.#chosen.get(key) ?? [], key]) {
      const current = this.#delete(chosen);
      if (current !== undefined) removed.add(chosen).add(current);
    }
    return removed;
  }

  /** A user who is ignored has another name. */
  follow(from: string, to: string): void {
    for (const chosen of [...this.#chosen.get(from) ?? []]) this.set(chosen, to);
  }

  /** The keys that were given, and those that these users have now. */
  [Symbol.iterator](): Iterator<readonly [chosen: string, current: string]> {
    return this.#current.entries();
  }

  #delete(chosen: string): string | undefined {
    const current = this.#current.get(chosen);
    if (current === undefined) return undefined;
    this.#current.delete(chosen);
    const others = this.#chosen.get(current)!;
    others.delete(chosen);
    if (others.size === 0) this.#chosen.delete(current);
    return current;
  }
}
