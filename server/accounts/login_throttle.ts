import { addressKey } from "../addresses/network_address.ts";
import { KeyedBuckets } from "../scheduling/keyed_buckets.ts";
import type { Rate } from "../scheduling/token_bucket.ts";
import type { Rows } from "../storage/store.ts";

const perMinute = (burst: number, gained: number): Rate => ({ burst, perSecond: gained / 60 });

/**
 * Wrong passwords that are checked: so many at once, and so many more a minute. A minute never has
 * more than the sum of the two, so that an account has 4 + 3 from unknown addresses and 2 + 1 from
 * known ones: 10 a minute at the most.
 */
const LOGIN_LIMITS = {
  /** Of one account, from all addresses that have never logged in to it. */
  unknownAddresses: perMinute(4, 3),
  /** Of one account, from all addresses that have; these may use up the above as well. */
  knownAddresses: perMinute(2, 1),
  /** Of one account from one unknown address, so that a single one leaves something to others. */
  accountAndAddress: perMinute(3, 1),
  /** From one unknown address, whatever the account. */
  address: perMinute(20, 10),
} as const satisfies Record<string, Rate>;

/** A check of a password that is admitted, and counts as a wrong guess until it ends otherwise. */
export interface LoginAttempt {
  readonly isKnown: boolean;
  /** The password was right: the guess is returned, and the address is known from now on. */
  succeed(): void;
  /** Nothing was checked: the guess is returned. */
  withdraw(): void;
}

/** What {@link LoginThrottle.begin} decides. */
export type LoginDecision =
  | { readonly attempt: LoginAttempt; readonly retrySeconds?: undefined }
  | { readonly attempt?: undefined; readonly retrySeconds: number };

/**
 * Limits how many guesses at passwords are checked.
 *
 * 1. A guess is counted before it is checked, and returned when it was right: parallel connections
 *    gain nothing.
 * 2. A guess over a limit is refused at once, with the seconds to wait. Nothing queues.
 * 3. Guesses are counted per account from anywhere, and per address (IPv6 by /64) and both.
 * 4. Addresses that have logged in to an account before have guesses of their own: strangers cannot
 *    keep the owner out.
 * 5. All that it remembers is bounded: see {@link KeyedBuckets}. Only accounts that exist are counted,
 *    so that strangers cannot make it forget one.
 */
export class LoginThrottle {
  readonly #unknown: KeyedBuckets;
  readonly #known: KeyedBuckets;
  readonly #pairs = new KeyedBuckets(LOGIN_LIMITS.accountAndAddress);
  readonly #addresses = new KeyedBuckets(LOGIN_LIMITS.address);

  /** @param maxAccounts accounts that may exist; each is remembered. */
  constructor(private readonly knownAddresses: KnownAddresses, maxAccounts: number) {
    this.#unknown = new KeyedBuckets(LOGIN_LIMITS.unknownAddresses, maxAccounts + 1);
    this.#known = new KeyedBuckets(LOGIN_LIMITS.knownAddresses, maxAccounts + 1);
  }

  /** Entries that are remembered, in all. */
  get size(): number {
    return [this.#unknown, this.#known, this.#pairs, this.#addresses]
      .reduce((sum, { size }) => sum + size, 0);
  }

  /** The account was given its password from that address, which is known from now on. */
  remember(account: string, address: string): void {
    this.knownAddresses.add(account, addressKey(address));
  }

  /**
   * Admits a check of a password, or refuses it.
   *
   * @param account the key of an account that exists, or that of the server password.
   * @param now monotonic milliseconds.
   */
  begin(account: string, address: string, now: number): LoginDecision {
    const from = addressKey(address);
    const isKnown = this.knownAddresses.has(account, from);
    return isKnown ? this.#beginKnown(account, from, now) : this.#beginUnknown(account, from, now);
  }

  #beginKnown(account: string, address: string, now: number): LoginDecision {
    const own = this.#known.wait(account, now);
    const shared = this.#unknown.wait(account, now);
    if (own > 0 && shared > 0) return refusal(Math.min(own, shared));
    const buckets = own === 0 ? this.#known : this.#unknown;
    return this.#admit(account, address, true, now, [[buckets, account]]);
  }

  #beginUnknown(account: string, address: string, now: number): LoginDecision {
    const taken: [KeyedBuckets, string][] = [
      [this.#unknown, account],
      [this.#pairs, `${address} ${account}`],
      [this.#addresses, address],
    ];
    const wait = Math.max(...taken.map(([buckets, key]) => buckets.wait(key, now)));
    if (wait > 0) return refusal(wait);
    return this.#admit(account, address, false, now, taken);
  }

  #admit(
    account: string,
    address: string,
    isKnown: boolean,
    now: number,
    taken: readonly [KeyedBuckets, string][],
  ): LoginDecision {
    for (const [buckets, key] of taken) buckets.take(key, now);
    const withdraw = () => {
      for (const [buckets, key] of taken) buckets.giveBack(key);
    };
    return {
      attempt: {
        isKnown,
        withdraw,
        succeed: () => {
          withdraw();
          this.knownAddresses.add(account, address);
        },
      },
    };
  }
}

function refusal(milliseconds: number): LoginDecision {
  return { retrySeconds: Math.ceil(milliseconds / 1000) };
}

/** The addresses from which one account has logged in, least recent first. */
export type AddressList = readonly string[];

/** Addresses remembered for one account. */
export const MAX_KNOWN_ADDRESSES = 8;

/** Addresses remembered for the server password, which all users share. */
export const MAX_KNOWN_SERVER_ADDRESSES = 1000;

/** The key under which the addresses of the server password are stored; no account has it. */
export const SERVER_PASSWORD_KEY = "";

/**
 * The address keys from which the right password of an account has come: the last
 * {@link MAX_KNOWN_ADDRESSES} of each account, and {@link MAX_KNOWN_SERVER_ADDRESSES} of the server
 * password. An unknown address cannot use up the guesses that are reserved for these.
 */
export class KnownAddresses {
  constructor(private readonly rows: Rows<AddressList>) {}

  has(account: string, address: string): boolean {
    return this.rows.get(account)?.includes(address) ?? false;
  }

  add(account: string, address: string): void {
    const known = this.rows.get(account) ?? [];
    if (known.at(-1) === address) return;
    const most = account === SERVER_PASSWORD_KEY ? MAX_KNOWN_SERVER_ADDRESSES : MAX_KNOWN_ADDRESSES;
    this.rows.set(account, [...known.filter((each) => each !== address), address].slice(-most));
  }

  /** Forgets an account that was removed. */
  forget(account: string): void {
    this.rows.delete(account);
  }
}
