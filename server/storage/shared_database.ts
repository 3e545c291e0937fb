import { closeSync, existsSync, fdatasyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { DATABASE_FILE, openDatabase } from "./sqlite_database.ts";
import { checkOwner, isMigrated } from "./sqlite_schema.ts";
import { StorageError } from "./storage_error.ts";

/** How long a change waits for a server that is writing, or starting, in milliseconds. */
const PATIENCE_MILLISECONDS = 5000;

/** Milliseconds between two attempts to open. */
const RETRY_MILLISECONDS = 50;

/**
 * Whether a data directory has a database.
 *
 * @throws {StorageError} where the runtime does not permit to look for it.
 */
export function hasDatabase(directory: string): boolean {
  try {
    return existsSync(join(directory, DATABASE_FILE));
  } catch (error) {
    throw StorageError.of("open", directory, error);
  }
}

/**
 * Opens the database of a data directory for its administrator, while a server uses it or not.
 *
 * 1. Without a server the directory is locked, made and migrated as a server would.
 * 2. A running server holds the lock; then its database is opened as a second connection, and changed
 *    in one short transaction each. The server notices by a counter.
 *
 * @throws {StorageError} as when a server is started; `locked` where another version of the program
 * uses the directory.
 */
export async function openSharedDatabase(directory: string): Promise<SharedDatabase> {
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

function openOnce(directory: string): SharedDatabase {
  try {
    const { database, lock } = openDatabase(directory, "full");
    return new SharedDatabase(directory, database, () => lock.release());
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "locked") throw error;
    return openBesideServer(directory, error);
  }
}

/** @param locked thrown where the server has not made or migrated the database yet. */
function openBesideServer(directory: string, locked: StorageError): SharedDatabase {
  if (!hasDatabase(directory)) throw locked;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, DATABASE_FILE), { timeout: PATIENCE_MILLISECONDS });
    checkOwner(database, directory);
    if (!isMigrated(database)) throw locked;
    // The server makes the checkpoints. To wait for the disk while the database is locked would hold up
    // the server: that comes after the transaction.
    database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL");
    return new SharedDatabase(directory, database, () => {});
  } catch (error) {
    database?.close();
    throw StorageError.of("open", directory, error);
  }
}

/** A database that a server may use at the same time. */
export class SharedDatabase {
  constructor(
    readonly directory: string,
    readonly database: DatabaseSync,
    private readonly release: () => void,
  ) {}

  /** Reads something. @throws {StorageError} where the database cannot be read. */
  read<Result>(work: (database: DatabaseSync) => Result): Result {
    try {
      return work(this.database);
    } catch (error) {
      throw StorageError.of("read", this.directory, error);
    }
  }

  /**
   * Makes a change in one transaction with an increment of a counter, by which the server notices it, and
   * waits for the disk. An error rolls all of it back.
   *
   * @param isExpected whether an error is one of `work` itself and not of the database.
   * @throws {StorageError} where the database cannot be written to.
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

  /** Waits until the log of the database is on the disk. */
  #sync(): void {
    const log = openSync(join(this.directory, `${DATABASE_FILE}-wal`), "r+");
    try {
      fdatasyncSync(log);
    } finally {
      closeSync(log);
    }
  }
}
