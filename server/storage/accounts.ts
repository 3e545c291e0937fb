import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LookAlikes } from "../names/confusables.ts";
import type { Account, AccountChange, Accounts } from "./store.ts";

/** The registered names in memory, by their keys. */
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
    const { createdAt, isOperator } = this.#accounts.get(account.key) ?? account;
    this.put({ ...account, createdAt, isOperator });
  }

  /** Adds or replaces an account, `isOperator` included. */
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

/** Counter of the changes by other processes, and the table of their keys since the server started. */
export const ACCOUNT_CHANGES = "account_changes";

/** The change of a row since it was last written. */
type RowChange = "added" | "password" | "removed" | "removed and added";

/**
 * The registered names of a database. All of them are in memory and written behind.
 *
 * Another process may change the table while the server runs: see `administration.ts`. Only rows that
 * changed here are written, and {@link refresh} reads the rows that changed elsewhere. If both add
 * the same name at the same time, the other process wins: a client cannot register a name that
 * becomes an operator's in the same moment.
 */
export class SqliteAccounts implements Accounts {
  readonly #memory = new MemoryAccounts();
  readonly #changed = new Map<string, RowChange>();
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #erase: StatementSync;
  readonly #selectOne: StatementSync;
  readonly #selectChanged: StatementSync;
  readonly #dataVersion: StatementSync;
  readonly #changeCount: StatementSync;
  #seenDataVersion: unknown;
  #seenChangeCount = 0;
  /** Accounts that another process added or removed first. */
  readonly #lost = new Set<string>();
  /** Why the table could not be read again. */
  readFailure: unknown;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      "INSERT INTO accounts (key, name, password_hash, created_at, is_operator) " +
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
    );
    this.#update = database.prepare(
      "UPDATE accounts SET name = ?, password_hash = ? WHERE key = ?",
    );
    this.#erase = database.prepare("DELETE FROM accounts WHERE key = ?");
    this.#selectOne = database.prepare("SELECT * FROM accounts WHERE key = ?");
    this.#selectChanged = database.prepare("SELECT key FROM account_changes WHERE change > ?");
    this.#dataVersion = database.prepare("PRAGMA data_version");
    this.#changeCount = database.prepare("SELECT value FROM counters WHERE name = ?");
    database.exec("BEGIN IMMEDIATE; DELETE FROM account_changes");
    this.#seenChangeCount = this.#countChanges();
    for (const record of database.prepare("SELECT * FROM accounts").iterate()) {
      this.#memory.put(accountOf(record as Record<string, unknown>));
    }
    database.exec("COMMIT");
  }

  get size(): number {
    return this.#memory.size;
  }

  get hasOperators(): boolean {
    return this.#memory.hasOperators;
  }

  find(key: string): Account | undefined {
    return this.#memory.find(key);
  }

  findLookAlikes(name: string): Account[] {
    return this.#memory.findLookAlikes(name);
  }

  all(): IterableIterator<Account> {
    return this.#memory.all();
  }

  save(account: Account): void {
    const { key } = account;
    const change = this.#changed.get(key);
    if (change === "removed") this.#changed.set(key, "removed and added");
    else if (change === undefined) {
      this.#changed.set(key, this.find(key) === undefined ? "added" : "password");
    }
    this.#memory.save(account);
  }

  remove(key: string): boolean {
    const existed = this.#memory.remove(key);
    if (!existed) return false;
    if (this.#changed.get(key) === "added") this.#changed.delete(key);
    else this.#changed.set(key, "removed");
    return true;
  }

  refresh(isRetry = false): AccountChange[] {
    // Damaged pages are not read again for each client.
    if (this.readFailure !== undefined && !isRetry) return [];
    try {
      const changes = this.#takeChanges();
      this.readFailure = undefined;
      return changes;
    } catch (error) {
      this.readFailure = error;
      return [];
    }
  }

  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** Writes the changes; within a transaction. */
  write(): void {
    for (const [key, change] of this.#changed) {
      if (change === "removed" || change === "removed and added") this.#erase.run(key);
      if (change === "removed") continue;
      const account = this.find(key)!;
      const { name, passwordHash } = account;
      const { changes } = change === "password"
        ? this.#update.run(name, passwordHash, key)
        : this.#insert.run(key, ...valuesOf(account));
      // Another process has added or removed it: its change is the valid one.
      if (Number(changes) === 0) this.#lost.add(key);
    }
  }

  /** Forgets the changes: the transaction succeeded. */
  written(): void {
    this.#changed.clear();
  }

  /** Applies the changes by other processes. After an error all of them are read again by the next
   * call: nothing counts as seen, and nothing is applied, before every row was read. */
  #takeChanges(): AccountChange[] {
    const dataVersion = this.#dataVersion.get()?.data_version;
    if (dataVersion === this.#seenDataVersion && this.#lost.size === 0) return [];
    const keys = new Set(this.#lost);
    // A checkpoint changes the data version, too: the counter decides.
    const changeCount = this.#countChanges();
    if (changeCount !== this.#seenChangeCount) {
      for (const { key } of this.#selectChanged.all(this.#seenChangeCount)) keys.add(String(key));
    }
    const rows = [...keys].map((key) => [key, this.#read(key)] as const);
    this.#seenDataVersion = dataVersion;
    this.#seenChangeCount = changeCount;
    this.#lost.clear();
    return rows.flatMap(([key, after]) => this.#apply(key, after));
  }

  #countChanges(): number {
    return Number(this.#changeCount.get(ACCOUNT_CHANGES)?.value);
  }

  #read(key: string): Account | undefined {
    const record = this.#selectOne.get(key);
    return record && accountOf(record as Record<string, unknown>);
  }

  #apply(key: string, after: Account | undefined): AccountChange[] {
    if (this.#changed.has(key)) return []; // overwritten by the next commit, or found in `#lost`
    const before = this.find(key);
    if (after === undefined) this.#memory.remove(key);
    else this.#memory.put(after);
    if (
      before === after || (before !== undefined && after !== undefined && isSame(before, after))
    ) {
      return [];
    }
    return [{
      ...(before === undefined ? undefined : { before }),
      ...(after === undefined ? undefined : { after }),
    }];
  }
}

export function accountOf(record: Record<string, unknown>): Account {
  return {
    key: String(record.key),
    name: String(record.name),
    passwordHash: String(record.password_hash),
    createdAt: Number(record.created_at),
    isOperator: record.is_operator === 1,
  };
}

/** The values of the columns after the key. */
export function valuesOf({ name, passwordHash, createdAt, isOperator }: Account) {
  return [name, passwordHash, Math.round(createdAt), isOperator ? 1 : 0] as const;
}

function isSame(one: Account, other: Account): boolean {
  return one.name === other.name && one.passwordHash === other.passwordHash &&
    one.isOperator === other.isOperator;
}
