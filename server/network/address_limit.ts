/** Counts the connections of each address key, up to a limit. */
export class AddressLimit {
  readonly #counts = new Map<string, number>();

  /** @param limit connections at once of one key; 0 for no limit, and nothing is counted. */
  constructor(readonly limit: number) {}

  /** Counts a connection, unless its key is at the limit. */
  enter(key: string): boolean {
    if (this.limit === 0) return true;
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** Forgets a connection that {@link enter} counted. */
  leave(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}
