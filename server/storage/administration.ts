import { closeSync, existsSync, fdatasyncSync, openSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { checkName, cleanLine, nameKey, protocolError } from "../../protocol/mod.ts";
import { ACCOUNT_CHANGES, accountOf, valuesOf } from "./accounts.ts";
import { type Ban, BAN_CHANGES, banTargetOf } from "./bans.ts";
import { DATABASE_FILE, openDatabase } from "./database.ts";
import { openSqlite } from "./sqlite.ts";
import { checkOwner, isMigrated } from "./schema.ts";
import { StorageError } from "./storage_error.ts";
import type { Account } from "./store.ts";

/** Maximum time in milliseconds that a change waits for a server that writes or starts. */
const PATIENCE_MILLISECONDS = 5000;

/** Milliseconds between two attempts to open. */
const RETRY_MILLISECONDS = 50;

/**
 * Whether a data directory has a database.
 *
 * @throws {StorageError} when the runtime does not permit to read the directory.
 */
export function hasDatabase(directory: string): boolean {
  try {
    return existsSync(join(directory, DATABASE_FILE));
  } catch (error) {
    throw StorageError.of("open", directory, error);
  }
}

/**
 * Opens the database of a data directory for its administrator, with or without a running server.
 *
 * 1. Without a server the directory is created, locked and migrated like by a server.
 * 2. A running server has the lock: then its database is opened as a second connection, and each
 *    change is one short transaction, which the server detects by a counter.
 *
 * @throws {StorageError} as at the start of a server; `locked` when another version of the program
 * uses the directory.
 */
export async function openSharedDatabase(directory: string): Promise<SharedDatabase> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return openOnce(directory);
    } catch (error) {
      const isLocked = error instanceof StorageError &&
        (error.code === "locked" || error.code === "outdated");
      if (!isLocked || performance.now() >= deadline) throw error;
      await wait(RETRY_MILLISECONDS);
    }
  }
}

function openOnce(directory: string): SharedDatabase {
  try {
    const { database, lock } = openDatabase(directory, "full");
    return new SharedDatabase(directory, database, () => lock.release());
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "locked") throw error;
    return openBesideServer(directory, error);
  }
}

/** @param locked thrown when the server has not created the database yet. */
function openBesideServer(directory: string, locked: StorageError): SharedDatabase {
  if (!hasDatabase(directory)) throw locked;
  let database: DatabaseSync | undefined;
  try {
    database = openSqlite(join(directory, DATABASE_FILE), { timeout: PATIENCE_MILLISECONDS });
    checkOwner(database, directory);
    // A server that starts has not migrated it yet; one of an older version never does.
    if (!isMigrated(database)) throw new StorageError("open", directory, "outdated");
    // The server makes the checkpoints. A wait for the disk while the database is locked would block
    // the server: it follows after the transaction.
    database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL");
    return new SharedDatabase(directory, database, () => {});
  } catch (error) {
    database?.close();
    throw StorageError.of("open", directory, error);
  }
}

/** A database that a server may use at the same time. */
class SharedDatabase {
  constructor(
    readonly directory: string,
    readonly database: DatabaseSync,
    private readonly release: () => void,
  ) {}

  /** @throws {StorageError} when the database cannot be read. */
  read<Result>(work: (database: DatabaseSync) => Result): Result {
    try {
      return work(this.database);
    } catch (error) {
      throw StorageError.of("read", this.directory, error);
    }
  }

  /**
   * Makes a change in one transaction, increments the counter by which the server detects it, and waits
   * for the disk. An error rolls all of it back.
   *
   * @param isExpected whether an error is thrown by `work` itself and not by the database.
   * @throws {StorageError} when the database cannot be written to.
   */
  change<Result>(
    counter: string,
    work: (database: DatabaseSync) => Result,
    isExpected: (error: unknown) => boolean,
  ): Result {
    const { database } = this;
    try {
      database.exec("BEGIN IMMEDIATE");
      database.prepare("UPDATE counters SET value = value + 1 WHERE name = ?").run(counter);
      const result = work(database);
      database.exec("COMMIT");
      this.#sync();
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      if (isExpected(error)) throw error;
      throw StorageError.of("write", this.directory, error);
    }
  }

  close(): void {
    this.database.close();
    this.release();
  }

  #sync(): void {
    const log = openSync(join(this.directory, `${DATABASE_FILE}-wal`), "r+");
    try {
      fdatasyncSync(log);
    } finally {
      closeSync(log);
    }
  }
}

/** Why an account cannot be changed. */
export type AccountErrorCode = "exists" | "missing" | "name" | "no_data";

/** A change of an account is refused. */
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
  if (!isMade && !hasDatabase(directory)) {
    throw new AccountError(
      "no_data",
      `There is no data of a hubbub server in ${directory}. Give the --data folder of the server.`,
    );
  }
  return new AccountFile(await openSharedDatabase(directory));
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

  /**
   * Adds an account.
   *
   * @param passwordHash from {@link hashAccountPassword}.
   * @throws {AccountError} if the name is invalid, or has an account.
   */
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
  if (!hasDatabase(directory)) {
    throw new BanError(
      `There is no data of a hubbub server in ${directory}. Give the --data folder of the server.`,
    );
  }
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
    return this.shared.change(BAN_CHANGES, (database) => {
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
    }, (error) => error instanceof BanError);
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
