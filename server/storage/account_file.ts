import type { DatabaseSync } from "node:sqlite";
import { checkName, nameKey, protocolError } from "../../protocol/mod.ts";
import { hashPassword } from "./password.ts";
import { ACCOUNT_CHANGES, accountOf, valuesOf } from "./sqlite_accounts.ts";
import { hasDatabase, openSharedDatabase, type SharedDatabase } from "./shared_database.ts";
import type { Account } from "./store.ts";

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
 * Opens the accounts of a data directory, while a server uses it or not: see `shared_database.ts`. The
 * server notices a change by the counter {@link ACCOUNT_CHANGES}.
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
  return new SqliteAccountFile(await openSharedDatabase(directory));
}

class SqliteAccountFile implements AccountFile {
  constructor(private readonly shared: SharedDatabase) {}

  list(): Account[] {
    return this.shared.read((database) =>
      database.prepare("SELECT * FROM accounts ORDER BY key").all()
        .map((record) => accountOf(record as Record<string, unknown>))
    );
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
    return this.#change(nameKey(name), (before, database) => {
      if (before !== undefined) {
        throw new AccountError(
          "exists",
          `Cannot add ${name}: there is an account ${before.name}. To give it another password: ` +
            `hubbub account password ${before.name}`,
        );
      }
      const account = { key: nameKey(name), name, passwordHash, createdAt: Date.now(), isOperator };
      database.prepare(
        "INSERT INTO accounts (key, name, password_hash, created_at, is_operator) " +
          "VALUES (?, ?, ?, ?, ?)",
      ).run(account.key, ...valuesOf(account));
      return account;
    });
  }

  setPassword(name: string, passwordHash: string): Account {
    return this.#change(nameKey(name), (before, database) => {
      const account = required(before, name);
      database.prepare("UPDATE accounts SET password_hash = ? WHERE key = ?")
        .run(passwordHash, account.key);
      return { ...account, passwordHash };
    });
  }

  remove(name: string): Account {
    return this.#change(nameKey(name), (before, database) => {
      const account = required(before, name);
      for (const table of ["accounts", "known_addresses"]) {
        database.prepare(`DELETE FROM ${table} WHERE key = ?`).run(account.key);
      }
      return account;
    });
  }

  close(): void {
    this.shared.close();
  }

  /** Changes one account in one transaction, and leaves a sign for the server. */
  #change(
    key: string,
    change: (before: Account | undefined, database: DatabaseSync) => Account,
  ): Account {
    return this.shared.change(ACCOUNT_CHANGES, (database) => {
      const record = database.prepare("SELECT * FROM accounts WHERE key = ?").get(key);
      const account = change(record && accountOf(record as Record<string, unknown>), database);
      database.prepare(
        "INSERT OR REPLACE INTO account_changes SELECT ?, value FROM counters WHERE name = ?",
      ).run(key, ACCOUNT_CHANGES);
      return account;
    }, (error) => error instanceof AccountError);
  }
}

function required(account: Account | undefined, name: string): Account {
  if (account !== undefined) return account;
  throw new AccountError("missing", `There is no account ${name}.`);
}
