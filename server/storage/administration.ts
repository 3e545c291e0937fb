import type { DatabaseSync } from "node:sqlite";
import { checkName, cleanLine, nameKey, protocolError } from "../../protocol/mod.ts";
import { ACCOUNT_CHANGES, accountOf, valuesOf } from "./accounts.ts";
import { type Ban, BAN_CHANGES, banTargetOf } from "./bans.ts";
import { hasDatabase, openSharedDatabase, type SharedDatabase } from "./shared_database.ts";
import type { Account } from "./store.ts";

/** Why an account, or one of its tokens, cannot be changed. */
export type AccountErrorCode = "exists" | "label" | "missing" | "name" | "no_data" | "too_many";

/** A change of an account, or of its tokens, is refused. */
export class AccountError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "AccountError";

  /**
   * Makes an error.
   *
   * @param code identifies the reason.
   */
  constructor(readonly code: AccountErrorCode, message: string) {
    super(message);
  }
}

/** {@link openSharedDatabase} for accounts and their tokens. @throws {AccountError} if it is missing. */
export async function openAccountDatabase(directory: string): Promise<SharedDatabase> {
  if (hasDatabase(directory)) return await openSharedDatabase(directory);
  throw new AccountError("no_data", noData(directory));
}

function noData(directory: string): string {
  return `There is no data of a hubbub server in ${directory}. Give the --data folder of the server.`;
}

/**
 * Opens the accounts of a data directory, with or without a running server, which detects a change by
 * the counter {@link ACCOUNT_CHANGES}.
 *
 * @param isMade whether a missing directory and database are created; default true.
 * @throws {StorageError} as at the start of a server; `locked` when another version of the program
 * uses the directory.
 * @throws {AccountError} if the database is missing and is not to be created.
 */
export async function openAccounts(directory: string, isMade = true): Promise<AccountFile> {
  const open = isMade ? openSharedDatabase : openAccountDatabase;
  return new AccountFile(await open(directory));
}

/** The accounts of a data directory, for its administrator. */
export class AccountFile {
  /** @ignore */
  constructor(private readonly shared: SharedDatabase) {}

  /** All accounts, by name. */
  list(): Account[] {
    return this.shared.read((database) =>
      database.prepare("SELECT * FROM accounts ORDER BY key").all()
        .map((record) => accountOf(record as Record<string, unknown>))
    );
  }

  /** The account of a name. @throws {AccountError} if it does not exist. */
  get(name: string): Account {
    const key = nameKey(name);
    return required(this.list().find((account) => account.key === key), name);
  }

  /** Checks whether an account can be added. @throws {AccountError} as {@link add}. */
  checkNew(rawName: string): void {
    const name = validName(rawName);
    refuseExisting(name, this.list().find(({ key }) => key === nameKey(name)));
  }

  /**
   * Adds an account.
   *
   * @param passwordHash from {@link hashAccountPassword}.
   * @throws {AccountError} if the name is invalid, or has an account.
   */
  add(rawName: string, passwordHash: string, isOperator: boolean): Account {
    const name = validName(rawName);
    return this.#change(nameKey(name), (before, database) => {
      refuseExisting(name, before);
      const account = { key: nameKey(name), name, passwordHash, createdAt: Date.now(), isOperator };
      database.prepare(
        "INSERT INTO accounts (key, name, password_hash, created_at, is_operator) " +
          "VALUES (?, ?, ?, ?, ?)",
      ).run(account.key, ...valuesOf(account));
      return account;
    });
  }

  /** Replaces the password of an account. @throws {AccountError} if it does not exist. */
  setPassword(name: string, passwordHash: string): Account {
    return this.#change(nameKey(name), (before, database) => {
      const account = required(before, name);
      database.prepare("UPDATE accounts SET password_hash = ? WHERE key = ?")
        .run(passwordHash, account.key);
      return { ...account, passwordHash };
    });
  }

  /** Removes an account. @throws {AccountError} if it does not exist. */
  remove(name: string): Account {
    return this.#change(nameKey(name), (before, database) => {
      const account = required(before, name);
      for (const table of ["accounts", "known_addresses"]) {
        database.prepare(`DELETE FROM ${table} WHERE key = ?`).run(account.key);
      }
      return account;
    });
  }

  /** Closes the database. */
  close(): void {
    this.shared.close();
  }

  /** Changes one account in one transaction, and records its key for the server. */
  #change(
    key: string,
    change: (before: Account | undefined, database: DatabaseSync) => Account,
  ): Account {
    return this.shared.change(ACCOUNT_CHANGES, AccountError, (database) => {
      const record = database.prepare("SELECT * FROM accounts WHERE key = ?").get(key);
      const account = change(record && accountOf(record as Record<string, unknown>), database);
      database.prepare(
        "INSERT OR REPLACE INTO account_changes SELECT ?, value FROM counters WHERE name = ?",
      ).run(key, ACCOUNT_CHANGES);
      return account;
    });
  }
}

function validName(rawName: string): string {
  const { name, fault } = checkName(rawName);
  if (fault === undefined) return name;
  const { text } = protocolError("name_invalid", fault);
  throw new AccountError("name", `Cannot add "${rawName}". ${text}`);
}

function refuseExisting(name: string, account: Account | undefined): void {
  if (account === undefined) return;
  throw new AccountError(
    "exists",
    `Cannot add ${name}: there is an account ${account.name}. To give it another password: ` +
      `hubbub account password ${account.name}`,
  );
}

function required(account: Account | undefined, name: string): Account {
  if (account !== undefined) return account;
  throw new AccountError("missing", `There is no account ${name}.`);
}

/** The removal of a ban is refused; the message is a sentence. */
export class BanError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "BanError";
}

/**
 * Opens the bans of a data directory, with or without a running server, which detects a change by the
 * counter {@link BAN_CHANGES}.
 *
 * @throws {StorageError} as at the start of a server; `locked` when another version of the program
 * uses the directory.
 * @throws {BanError} if the database is missing.
 */
export async function openBans(directory: string): Promise<BanFile> {
  if (!hasDatabase(directory)) throw new BanError(noData(directory));
  return new BanFile(await openSharedDatabase(directory));
}

/** The bans of a data directory, for its administrator. */
export class BanFile {
  /** @ignore */
  constructor(private readonly shared: SharedDatabase) {}

  /** The bans in force at a time, in Unix milliseconds. */
  list(now: number): Ban[] {
    return this.#rows().map(([, ban]) => ban)
      .filter(({ until }) => until === undefined || until > now);
  }

  /**
   * Removes a ban.
   *
   * @param target the name, the address or the range, in any notation.
   * @throws {BanError} if the ban does not exist.
   */
  remove(target: string): Ban {
    const { kind, key } = banTargetOf(target.trim());
    return this.shared.change(BAN_CHANGES, BanError, (database) => {
      // Earlier versions stored a single IPv6 address instead of its /64 network.
      const row = this.#rows().find(([, ban]) =>
        ban.kind === kind && (ban.key === key || banTargetOf(ban.key).key === key)
      );
      if (row === undefined) {
        const shown = cleanLine(target.trim());
        throw new BanError(`There is no ban on ${shown}. hubbub ban list shows all bans.`);
      }
      const [rowKey, ban] = row;
      database.prepare("DELETE FROM bans WHERE key = ?").run(rowKey);
      return ban;
    });
  }

  /** Closes the database. */
  close(): void {
    this.shared.close();
  }

  #rows(): [key: string, ban: Ban][] {
    return this.shared.read((database) =>
      database.prepare("SELECT key, ban FROM bans ORDER BY key").all()
        .map(({ key, ban }) => [String(key), JSON.parse(String(ban)) as Ban])
    );
  }
}
