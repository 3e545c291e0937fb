import { addressKey } from "./network_address.ts";

/** Addresses remembered. */
const MAX_ADDRESSES = 10_000;

/** What an address has left. */
interface Account {
  /** Actions left, a fraction too. */
  left: number;
  /** When that was counted. */
  countedAt: number;
}

/**
 * Bounds how often each address may do something that costs others: `count` times at once, and
 * `count` times per period after that.
 *
 * Addresses are counted by {@link addressKey}. Ten thousand are remembered; then the one that was
 * used the longest ago makes room.
 *
 * Times are milliseconds of a clock that only ever grows.
 */
export class AddressQuota {
  /** The one used the longest ago comes first. */
  readonly #accounts = new Map<string, Account>();

  constructor(
    private readonly count: number,
    private readonly periodMilliseconds: number,
    private readonly maxAddresses = MAX_ADDRESSES,
  ) {}

  /** Addresses that are remembered. */
  get size(): number {
    return this.#accounts.size;
  }

  /** Takes one action. @returns 0, or the milliseconds until one is left. */
  take(address: string, now: number): number {
    const account = this.#find(address, now);
    if (account.left < 1) return Math.ceil((1 - account.left) * this.#millisecondsEach);
    account.left--;
    return 0;
  }

  /** The action that was taken turned out to cost nothing. */
  giveBack(address: string, now: number): void {
    const account = this.#find(address, now);
    account.left = Math.min(this.count, account.left + 1);
  }

  get #millisecondsEach(): number {
    return this.periodMilliseconds / this.count;
  }

  #find(address: string, now: number): Account {
    const key = addressKey(address);
    const account = this.#accounts.get(key) ?? { left: this.count, countedAt: now };
    const gained = (now - account.countedAt) / this.#millisecondsEach;
    account.left = Math.min(this.count, account.left + gained);
    account.countedAt = now;
    this.#accounts.delete(key);
    this.#accounts.set(key, account);
    if (this.#accounts.size > this.maxAddresses) {
      const [oldest] = this.#accounts.keys();
      this.#accounts.delete(oldest!);
    }
    return account;
  }
}
