import type { Rows } from "../storage/rows.ts";

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
