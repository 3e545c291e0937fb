import type { Rows } from "./rows.ts";
import type { Account, Accounts } from "./store.ts";

/** The protected names, in rows of their keys. */
export class RowAccounts implements Accounts {
  constructor(private readonly rows: Rows<Account>) {}

  find(key: string): Account | undefined {
    return this.rows.get(key);
  }

  save(account: Account): void {
    this.rows.set(account.key, account);
  }
}
