/** Counts the connections of each address key, up to a limit. */
export class AddressLimit {
  readonly #counts = new Map<string, number>();

  /** @param limit maximum number of connections per key; 0 for no limit and no counts. */
  constructor(readonly limit: number) {}

  /** Counts a connection. @returns false if its key is at the limit. */
  enter(key: string): boolean {
    if (this.limit === 0) return true;
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** Removes a connection that {@link enter} has counted. */
  leave(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}
