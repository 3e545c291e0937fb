import { addressKey } from "./network_address.ts";

/** Counts the clients of each {@link addressKey}, up to a limit. */
export class AddressLimit {
  readonly #counts = new Map<string, number>();

  /** @param limit clients at once from one address; 0 for no limit, and nothing is counted. */
  constructor(readonly limit: number) {}

  /** Takes a place for a client, unless its address has none left. */
  enter(address: string): boolean {
    if (this.limit === 0) return true;
    const key = addressKey(address);
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** Gives back the place of a client that {@link enter} let in. */
  leave(address: string): void {
    if (this.limit === 0) return;
    const key = addressKey(address);
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}
