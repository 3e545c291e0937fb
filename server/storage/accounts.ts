import { LookAlikes } from "../names/look_alikes.ts";
import type { Account, AccountChange, Accounts } from "./store.ts";

/** The registered names in memory, by their keys. What a database keeps of them is read and written
 * by `sqlite_accounts.ts`. */
export class MemoryAccounts implements Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #byLook = new LookAlikes<string>();
  #operators = 0;

  get size(): number {
    return this.#accounts.size;
  }

  get hasOperators(): boolean {
    return this.#operators > 0;
  }

  find(key: string): Account | undefined {
    return this.#accounts.get(key);
  }

  findLookAlikes(name: string): Account[] {
    return this.#byLook.find(name).flatMap((key) => this.#accounts.get(key) ?? []);
  }

  all(): IterableIterator<Account> {
    return this.#accounts.values();
  }

  save(account: Account): void {
    const { isOperator } = this.#accounts.get(account.key) ?? account;
    this.put({ ...account, isOperator });
  }

  /** Sets an account as it is given. */
  put(account: Account): void {
    this.remove(account.key);
    this.#accounts.set(account.key, account);
    this.#byLook.add(account.name, account.key);
    if (account.isOperator) this.#operators++;
  }

  remove(key: string): boolean {
    const account = this.#accounts.get(key);
    if (account === undefined) return false;
    if (account.isOperator) this.#operators--;
    this.#byLook.remove(account.name, key);
    return this.#accounts.delete(key);
  }

  refresh(): AccountChange[] {
    return [];
  }
}
