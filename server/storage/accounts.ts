import { LookAlikes } from "../names/look_alikes.ts";
import type { Rows } from "./rows.ts";
import type { Account, Accounts } from "./store.ts";

/** The protected names, in rows of their keys. */
export class RowAccounts implements Accounts {
  readonly #byLook = new LookAlikes<string>();

  constructor(private readonly rows: Rows<Account>) {
    for (const { name, key } of rows.values()) this.#byLook.add(name, key);
  }

  find(key: string): Account | undefined {
    return this.rows.get(key);
  }

  findLookAlikes(name: string): Account[] {
    return this.#byLook.find(name).flatMap((key) => this.rows.get(key) ?? []);
  }

  save(account: Account): void {
    const before = this.rows.get(account.key);
    if (before !== undefined) this.#byLook.remove(before.name, before.key);
    this.#byLook.add(account.name, account.key);
    this.rows.set(account.key, account);
  }
}
