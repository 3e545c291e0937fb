/** Counts the connections of each address key, up to a limit. */
export class AddressLimit {
  readonly #counts = new Map<string, number>();

  /** @param limit maximum number of connections per key, which may change; 0 for no limit. */
  constructor(public limit: number) {}

  /** Counts a connection. @returns false if its key is at the limit. */
  enter(key: string): boolean {
    const count = this.#counts.get(key) ?? 0;
    if (this.limit > 0 && count >= this.limit) return false;
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
