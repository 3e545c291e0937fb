import { closeSync, existsSync, fdatasyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { checkName, nameKey, protocolError } from "../../protocol/mod.ts";
import { hashPassword } from "./password.ts";
import { ACCOUNT_CHANGES, accountOf, valuesOf } from "./sqlite_accounts.ts";
import { DATABASE_FILE, openDatabase } from "./sqlite_database.ts";
import { checkOwner, isMigrated } from "./sqlite_schema.ts";
import { StorageError } from "./storage_error.ts";
import type { Account } from "./store.ts";

/** How long a change waits for a server that is writing, or starting, in milliseconds. */
const PATIENCE_MILLISECONDS = 5000;

/** Milliseconds between two attempts to open. */
const RETRY_MILLISECONDS = 50;

/** What is wrong with a change of an account. */
export type AccountErrorCode = "exists" | "missing" | "name" | "no_data";

/** An account cannot be changed as asked. */
export class AccountError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "AccountError";

  /**
   * Says what is wrong.
   *
   * @param code the same for programs.
   */
  constructor(readonly code: AccountErrorCode, message: string) {
    super(message);
  }
}

/** The accounts of a data directory, for its administrator. */
export interface AccountFile {
  /** All accounts, by name. */
  list(): Account[];
  /** The account of a name. @throws {AccountError} where there is no such account. */
  get(name: string): Account;
  /**
   * Adds an account.
   *
   * @param passwordHash as {@link hashAccountPassword} makes it.
   * @throws {AccountError} where the name cannot be used, or has an account.
   */
  add(name: string, passwordHash: string, isOperator: boolean): Account;
  /** Gives an account another password. @throws {AccountError} where there is no such account. */
  setPassword(name: string, passwordHash: string): Account;
  /** Removes an account. @throws {AccountError} where there is no such account. */
  remove(name: string): Account;
  /** Closes the database. */
  close(): void;
}

/**
 * Makes the hash of a password, for {@link AccountFile}. It takes a tenth of a second.
 *
 * @throws {RangeError} when it {@link isPassword | may not be a password}.
 */
export function hashAccountPassword(password: string): Promise<string> {
  return hashPassword(password);
}

/**
 * Opens the accounts of a data directory, while a server uses it or not.
 *
 * 1. Without a server the directory is locked, made and migrated as a server would.
 * 2. A running server holds the lock; then its database is opened as a second connection, and changed
 *    in one short transaction each. The server notices by the counter {@link ACCOUNT_CHANGES}.
 *
 * @param isMade whether the directory and its database are made where they are missing; default yes.
 * @throws {StorageError} as when a server is started; `locked` where another version of the program
 * uses the directory.
 * @throws {AccountError} where there is no database, and none is to be made.
 */
export async function openAccounts(directory: string, isMade = true): Promise<AccountFile> {
  if (!isMade && !hasDatabase(directory)) {
    throw new AccountError("no_data", `There is no data of a hubbub server in ${directory}.`);
  }
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return openOnce(directory);
    } catch (error) {
      const isLocked = error instanceof StorageError && error.code === "locked";
      if (!isLocked || performance.now() >= deadline) throw error;
      await wait(RETRY_MILLISECONDS);
    }
  }
}

/** @throws {StorageError} where the system does not let this program look. */
function hasDatabase(directory: string): boolean {
  try {
    return existsSync(join(directory, DATABASE_FILE));
  } catch (error) {
    throw StorageError.of("open", directory, error);
  }
}

function openOnce(directory: string): AccountFile {
  try {
    const { database, lock } = openDatabase(directory, "full");
    return new SqliteAccountFile(directory, database, () => lock.release());
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "locked") throw error;
    return openBesideServer(directory, error);
  }
}

/** @param locked thrown where the server has not come so far yet. */
function openBesideServer(directory: string, locked: StorageError): AccountFile {
  const path = join(directory, DATABASE_FILE);
  if (!existsSync(path)) throw locked;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: PATIENCE_MILLISECONDS });
    checkOwner(database, directory);
    if (!isMigrated(database)) throw locked;
    // The server makes the checkpoints. To wait for the disk while the database is locked would hold up
    // the server: that comes after the transaction.
    database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL");
    return new SqliteAccountFile(directory, database, () => {});
  } catch (error) {
    database?.close();
    throw StorageError.of("open", directory, error);
  }
}

class SqliteAccountFile implements AccountFile {
  constructor(
    private readonly directory: string,
    private readonly database: DatabaseSync,
    private readonly release: () => void,
  ) {}

  list(): Account[] {
    try {
      return this.database.prepare("SELECT * FROM accounts ORDER BY key").all()
        .map((record) => accountOf(record as Record<string, unknown>));
    } catch (error) {
      throw StorageError.of("read", this.directory, error);
    }
  }

  get(name: string): Account {
    const key = nameKey(name);
    return required(this.list().find((account) => account.key === key), name);
  }

  add(rawName: string, passwordHash: string, isOperator: boolean): Account {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) {
      const { text } = protocolError("name_invalid", fault);
      throw new AccountError("name", `Cannot add "${rawName}". ${text}`);
    }
    return this.#change(nameKey(name), (before) => {
      if (before !== undefined) {
        throw new AccountError(
          "exists",
          `Cannot add ${name}: there is an account ${before.name}. To give it another password: ` +
            `hubbub account password ${before.name}`,
        );
      }
      const account = { key: nameKey(name), name, passwordHash, createdAt: Date.now(), isOperator };
      this.database.prepare(
        "INSERT INTO accounts (key, name, password_hash, created_at, is_operator) " +
          "VALUES (?, ?, ?, ?, ?)",
      ).run(account.key, ...valuesOf(account));
      return account;
    });
  }

  setPassword(name: string, passwordHash: string): Account {
    return this.#change(nameKey(name), (before) => {
      const account = required(before, name);
      this.database.prepare("UPDATE accounts SET password_hash = ? WHERE key = ?")
        .run(passwordHash, account.key);
      return { ...account, passwordHash };
    });
  }

  remove(name: string): Account {
    return this.#change(nameKey(name), (before) => {
      const account = required(before, name);
      for (const table of ["accounts", "known_addresses"]) {
        this.database.prepare(`DELETE FROM ${table} WHERE key = ?`).run(account.key);
      }
      return account;
    });
  }

  close(): void {
    this.database.close();
    this.release();
  }

  /** Waits until the log of the database is on the disk. */
  #sync(): void {
    const log = openSync(join(this.directory, `${DATABASE_FILE}-wal`), "r+");
    try {
      fdatasyncSync(log);
    } finally {
      closeSync(log);
    }
  }

  /** Changes one account in one transaction, and leaves a sign for the server. */
  #change(key: string, change: (before: Account | undefined) => Account): Account {
    try {
      this.database.exec("BEGIN IMMEDIATE");
      const record = this.database.prepare("SELECT * FROM accounts WHERE key = ?").get(key);
      const account = change(record && accountOf(record as Record<string, unknown>));
      this.database.prepare("UPDATE counters SET value = value + 1 WHERE name = ?")
        .run(ACCOUNT_CHANGES);
      this.database.prepare(
        "INSERT OR REPLACE INTO account_changes SELECT ?, value FROM counters WHERE name = ?",
      ).run(key, ACCOUNT_CHANGES);
      this.database.exec("COMMIT");
      this.#sync();
      return account;
    } catch (error) {
      if (this.database.isTransaction) this.database.exec("ROLLBACK");
      if (error instanceof AccountError) throw error;
      throw StorageError.of("write", this.directory, error);
    }
  }
}

function required(account: Account | undefined, name: string): Account {
  if (account !== undefined) return account;
  throw new AccountError("missing", `There is no account ${name}.`);
}
