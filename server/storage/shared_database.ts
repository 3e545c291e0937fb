import { closeSync, existsSync, fdatasyncSync, openSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { DATABASE_FILE, openDatabase } from "./database.ts";
import { checkOwner, isMigrated } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";
import { StorageError } from "./storage_error.ts";

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
export class SharedDatabase {
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
   * @param Refusal the errors of `work` itself, not of the database: they are thrown unchanged.
   * @throws {StorageError} when the database cannot be written to.
   */
  change<Result>(
    counter: string,
    Refusal: new (...details: never[]) => Error,
    work: (database: DatabaseSync) => Result,
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
      if (error instanceof Refusal) throw error;
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
