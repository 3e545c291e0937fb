import { isIPv6 } from "node:net";

/**
 * Counts the clients of each address, up to a limit.
 *
 * An IPv6 host chooses among the 2^64 addresses of its network, so all of a /64 count as one (RFC
 * 4291, section 2.5.1: an interface identifier has 64 bits).
 */
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

/** By what an address is counted: itself, or of IPv6 the first four groups. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%")[0]!.split("::") as [string, string?];
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const last = tail === "" ? [] : tail.split(":");
    // An IPv4 address at the end stands for two groups.
    const lastGroups = last.length + (last.at(-1)?.includes(".") ? 1 : 0);
    while (groups.length + lastGroups < 8) groups.push("0");
    groups.push(...last);
  }
  return groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":") + "::/64";
}
