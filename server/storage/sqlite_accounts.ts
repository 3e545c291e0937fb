import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MemoryAccounts } from "./accounts.ts";
import type { Account, AccountChange, Accounts } from "./store.ts";

/** Counter that every process increments which changes accounts of a running server. */
export const ACCOUNT_CHANGES = "account_changes";

/** How a row was changed since it was last written. */
type RowChange = "added" | "password" | "removed" | "removed and added";

/**
 * The registered names of a database. All are in memory, and changes are written behind.
 *
 * Another process may change the table while the server runs: see `account_file.ts`. Only rows that
 * were changed here are written here, and {@link refresh} reads the table again when it was changed
 * elsewhere. Of two that add the same name at the same time, the other process wins: a name that
 * becomes an operator's cannot be registered by a client in the same moment.
 */
export class SqliteAccounts implements Accounts {
  readonly #memory = new MemoryAccounts();
  readonly #changed = new Map<string, RowChange>();
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #erase: StatementSync;
  readonly #select: StatementSync;
  readonly #dataVersion: StatementSync;
  readonly #changeCount: StatementSync;
  #seenDataVersion: unknown;
  #seenChangeCount: unknown;
  /** Why the table could not be read again; absent while all is well. */
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
    this.#select = database.prepare("SELECT * FROM accounts");
    this.#dataVersion = database.prepare("PRAGMA data_version");
    this.#changeCount = database.prepare("SELECT value FROM counters WHERE name = ?");
    this.#hasChangedElsewhere();
    for (const account of this.#read()) this.#memory.put(account);
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

  refresh(): AccountChange[] {
    try {
      const changes = this.#hasChangedElsewhere() ? this.#reread() : [];
      this.readFailure = undefined;
      return changes;
    } catch (error) {
      this.readFailure = error;
      this.#mustReread();
      return [];
    }
  }

  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** Writes what was changed; within a transaction. */
  write(): void {
    for (const [key, change] of this.#changed) {
      if (change === "removed" || change === "removed and added") this.#erase.run(key);
      if (change === "removed") continue;
      const account = this.find(key)!;
      const { name, passwordHash } = account;
      const { changes } = change === "password"
        ? this.#update.run(name, passwordHash, key)
        : this.#insert.run(key, ...valuesOf(account));
      // Another process has added or removed it: what it wrote counts.
      if (Number(changes) === 0) this.#mustReread();
    }
  }

  /** The transaction succeeded. */
  written(): void {
    this.#changed.clear();
  }

  /** A checkpoint changes the version of the data, too: the counter decides. */
  #hasChangedElsewhere(): boolean {
    const dataVersion = this.#dataVersion.get()?.data_version;
    if (dataVersion === this.#seenDataVersion) return false;
    const changeCount = this.#changeCount.get(ACCOUNT_CHANGES)?.value;
    const hasChanged = changeCount !== this.#seenChangeCount;
    this.#seenDataVersion = dataVersion;
    this.#seenChangeCount = changeCount;
    return hasChanged;
  }

  #mustReread(): void {
    this.#seenDataVersion = undefined;
    this.#seenChangeCount = undefined;
  }

  #reread(): AccountChange[] {
    const changes: AccountChange[] = [];
    const gone = new Set([...this.all()].map(({ key }) => key));
    for (const after of this.#read()) {
      gone.delete(after.key);
      if (this.#changed.has(after.key)) continue; // to be written over
      const before = this.find(after.key);
      if (before !== undefined && isSame(before, after)) continue;
      this.#memory.put(after);
      changes.push({ ...(before === undefined ? undefined : { before }), after });
    }
    for (const key of gone) {
      if (this.#changed.has(key)) continue;
      const before = this.find(key)!;
      this.#memory.remove(key);
      changes.push({ before });
    }
    return changes;
  }

  *#read(): Iterable<Account> {
    for (const record of this.#select.iterate()) yield accountOf(record as Record<string, unknown>);
  }
}

/** Reads a row of the table. */
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
