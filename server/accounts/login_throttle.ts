import { addressKey } from "../addresses/network_address.ts";
import { KeyedBuckets } from "../scheduling/keyed_buckets.ts";
import { ADDRESS_GUESSES, type Rate } from "../scheduling/token_bucket.ts";
import type { Rows } from "../storage/rows.ts";

const perMinute = (burst: number, gained: number): Rate => ({ burst, perSecond: gained / 60 });

/**
 * Wrong passwords that are checked, as a burst and a number per minute. One minute never has more than
 * the sum of the two: an account has 4 + 3 from unknown addresses and 2 + 1 from known ones, so at
 * most 10 per minute. The password of the server has no limit for all addresses: every new user sends
 * it from an unknown address, and one client's guesses would refuse all of them.
 */
const LOGIN_LIMITS = {
  /** Per account, for all addresses without a login to it. */
  unknownAddresses: perMinute(4, 3),
  /** Per account, for all addresses with a login to it; these may use the limit above, too. */
  knownAddresses: perMinute(2, 1),
  /** Per account and unknown address, so that some are left for others; and per address for the
   * password of the server. */
  accountAndAddress: perMinute(3, 1),
  /** Per unknown address, for all accounts and the password of the server. */
  address: ADDRESS_GUESSES,
} as const satisfies Record<string, Rate>;

/** A check of a password that is admitted, and counts as a wrong guess until it ends otherwise. */
export interface LoginAttempt {
  /** Whether the address is a known one of the account. */
  readonly isKnown: boolean;
  /** The password was right: takes the guess from the count, and adds the address to the known ones. */
  succeed(): void;
  /** Nothing was checked: takes the guess from the count. */
  withdraw(): void;
}

/** The decision of {@link LoginThrottle.begin}. */
export type LoginDecision =
  | { readonly attempt: LoginAttempt; readonly retrySeconds?: undefined }
  | { readonly attempt?: undefined; readonly retrySeconds: number };

/**
 * Limits the number of passwords that are checked.
 *
 * 1. A guess is counted before it is checked, and taken from the count if it was right: parallel
 *    connections gain nothing.
 * 2. A guess over a limit is refused at once, with the seconds to wait. Nothing queues.
 * 3. Guesses are counted per account, per address (IPv6 by /64) and per pair of both; guesses at the
 *    password of the server per address only.
 * 4. Addresses with an earlier login to an account have guesses of their own: other clients cannot
 *    lock out the owner.
 * 5. Its memory is bounded: see {@link KeyedBuckets}. Only accounts that exist are counted, so that
 *    clients cannot push an account out of the table.
 */
export class LoginThrottle {
  readonly #unknown: KeyedBuckets;
  readonly #known: KeyedBuckets;
  readonly #pairs = new KeyedBuckets(LOGIN_LIMITS.accountAndAddress);
  readonly #addresses = new KeyedBuckets(LOGIN_LIMITS.address);

  /** @param maxAccounts maximum number of accounts; each has an entry. */
  constructor(private readonly knownAddresses: KnownAddresses, maxAccounts: number) {
    this.#unknown = new KeyedBuckets(LOGIN_LIMITS.unknownAddresses, maxAccounts);
    this.#known = new KeyedBuckets(LOGIN_LIMITS.knownAddresses, maxAccounts);
  }

  get size(): number {
    return [this.#unknown, this.#known, this.#pairs, this.#addresses]
      .reduce((sum, { size }) => sum + size, 0);
  }

  remember(account: string, address: string): void {
    this.knownAddresses.add(account, addressKey(address));
  }

  /**
   * Admits a check of the password of an account, or refuses it.
   *
   * @param account the key of an account that exists.
   * @param now monotonic milliseconds.
   */
  begin(account: string, address: string, now: number): LoginDecision {
    const from = addressKey(address);
    const isKnown = this.knownAddresses.has(account, from);
    return isKnown ? this.#beginKnown(account, from, now) : this.#beginUnknown(account, from, now);
  }

  /**
   * Admits a check of the password of the server, or refuses it.
   *
   * @param now monotonic milliseconds.
   */
  beginServer(address: string, now: number): LoginDecision {
    const from = addressKey(address);
    return takeAll(this.#perAddress("", from), false, now, () => {});
  }

  #beginKnown(account: string, address: string, now: number): LoginDecision {
    const own = this.#known.wait(account, now);
    const shared = this.#unknown.wait(account, now);
    if (own > 0 && shared > 0) return refusal(Math.min(own, shared));
    const buckets = own === 0 ? this.#known : this.#unknown;
    return takeAll([[buckets, account]], true, now, () => this.#add(account, address));
  }

  #beginUnknown(account: string, address: string, now: number): LoginDecision {
    const needed: Tokens = [[this.#unknown, account], ...this.#perAddress(account, address)];
    return takeAll(needed, false, now, () => this.#add(account, address));
  }

  /** The tokens that one address needs. @param account empty for the server, which no account is. */
  #perAddress(account: string, address: string): Tokens {
    return [[this.#pairs, `${address} ${account}`], [this.#addresses, address]];
  }

  #add(account: string, address: string): void {
    this.knownAddresses.add(account, address);
  }
}

type Tokens = readonly (readonly [buckets: KeyedBuckets, key: string])[];

/** Takes a token of each bucket, if each has one. @param onRight runs when the password was right. */
function takeAll(
  needed: Tokens,
  isKnown: boolean,
  now: number,
  onRight: () => void,
): LoginDecision {
  const wait = Math.max(...needed.map(([buckets, key]) => buckets.wait(key, now)));
  if (wait > 0) return refusal(wait);
  for (const [buckets, key] of needed) buckets.take(key, now);
  const withdraw = () => {
    for (const [buckets, key] of needed) buckets.refundToken(key);
  };
  const succeed = () => {
    withdraw();
    onRight();
  };
  return { attempt: { isKnown, withdraw, succeed } };
}

function refusal(milliseconds: number): LoginDecision {
  return { retrySeconds: Math.ceil(milliseconds / 1000) };
}

/** The addresses of the logins of one account, least recent first. */
export type AddressList = readonly string[];

/** Addresses stored for one account. */
export const MAX_KNOWN_ADDRESSES = 8;

/**
 * The address keys from which the right password of an account was sent: the last
 * {@link MAX_KNOWN_ADDRESSES} of each account. They have guesses of their own, which unknown addresses
 * cannot use up.
 */
export class KnownAddresses {
  constructor(private readonly rows: Rows<AddressList>) {}

  has(account: string, address: string): boolean {
    return this.rows.get(account)?.includes(address) ?? false;
  }

  add(account: string, address: string): void {
    const known = this.rows.get(account) ?? [];
    if (known.at(-1) === address) return;
    const others = known.filter((each) => each !== address);
    this.rows.set(account, [...others, address].slice(-MAX_KNOWN_ADDRESSES));
  }

  forget(account: string): void {
    this.rows.delete(account);
  }
}
