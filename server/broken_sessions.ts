import { addressKey } from "./network_address.ts";
import { LargestFirst } from "./storage/largest_first.ts";

/**
 * The sessions without a connection, in the order in which their connections broke.
 *
 * Where one has to go, it is the oldest of the address with the most, about: an address that comes
 * and goes takes its own places, and not those of all others.
 */
export class BrokenSessions<Session> implements Iterable<Session> {
  readonly #addresses = new Map<Session, string>();
  readonly #byAddress = new Map<string, Set<Session>>();
  readonly #sizes = new LargestFirst<string>();

  get size(): number {
    return this.#addresses.size;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#addresses.keys();
  }

  add(session: Session, address: string): void {
    this.delete(session);
    const key = addressKey(address);
    this.#addresses.set(session, key);
    const sessions = this.#byAddress.get(key) ?? new Set();
    this.#byAddress.set(key, sessions.add(session));
    this.#sizes.set(key, sessions.size);
  }

  delete(session: Session): void {
    const key = this.#addresses.get(session);
    if (key === undefined) return;
    this.#addresses.delete(session);
    const sessions = this.#byAddress.get(key)!;
    sessions.delete(session);
    this.#sizes.set(key, sessions.size);
    if (sessions.size === 0) this.#byAddress.delete(key);
  }

  /** The session that goes first. */
  first(): Session | undefined {
    const largest = this.#sizes.largest();
    if (largest === undefined) return undefined;
    const [oldest] = this.#byAddress.get(largest)!;
    return oldest;
  }
}
