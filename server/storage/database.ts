import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { DatabaseSync } from "node:sqlite";
import { PAGE_BYTES } from "./checkpointer.ts";
import { checkOwner, migrate } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";
import { StorageError } from "./storage_error.ts";
import type { StoreOptions } from "./store.ts";
import { makePrivateFolder } from "../private_folder.ts";

/** Name of the database in the data directory. */
export const DATABASE_FILE = "hubbub.db";

/** Size up to which a database is checked completely when it is opened: 64 MiB takes a fraction of a
 * second. In a larger one only pages that are read are checked. */
export const MAX_CHECKED_BYTES = 64 * 1024 * 1024;

/** Maximum time in milliseconds that a write waits for `administration.ts`, which alone writes beside
 * a server, for a millisecond. */
const BUSY_MILLISECONDS = 100;

/** An open database of this server alone. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly lock: DirectoryLock;
  readonly directory: string;
  /** Path of the database, and of its write-ahead log. */
  readonly path: string;
  readonly walPath: string;
}

/**
 * Opens the database in a data directory. Creates a missing directory and database, for their owner
 * only (0700 and 0600; SQLite gives its log the same mode).
 *
 * 1. The directory is locked: see {@link lockDirectory}.
 * 2. The database is healthy, and one of hubbub of this version, or of an older one, which is then
 *    migrated. An empty file is accepted in a new directory only.
 * 3. It can be written to: the disk has room for a page.
 *
 * Otherwise nothing is changed.
 *
 * @throws {StorageError} with the reason.
 */
export function openDatabase(
  directory: string,
  sync: StoreOptions["sync"],
  maxCheckedBytes = MAX_CHECKED_BYTES,
): OpenDatabase {
  const path = join(directory, DATABASE_FILE);
  const walPath = path + "-wal";
  let lock: DirectoryLock | undefined;
  let database: DatabaseSync | undefined;
  try {
    makePrivateFolder(directory);
    probeDirectory(directory);
    const wasUsed = existsSync(join(directory, LOCK_FILE)) && existsSync(path);
    createFile(join(directory, LOCK_FILE));
    lock = lockDirectory(directory);
    createFile(path);
    checkFiles(directory, path, walPath, wasUsed);
    checkOwnerBeforeRecovery(directory, path, walPath);
    database = openSqlite(path, { timeout: BUSY_MILLISECONDS });
    checkOwner(database, directory);
    if (statSync(path).size <= maxCheckedBytes) checkIntegrity(database, directory);
    configure(database, sync);
    migrate(database);
    // Writes a page without a change.
    database.exec("UPDATE counters SET value = value");
    return { database, lock, directory, path, walPath };
  } catch (error) {
    const failure = StorageError.of("open", directory, error);
    try {
      database?.close();
    } catch {
      // The first error is thrown.
    }
    lock?.release();
    throw failure;
  }
}

/** Creates a file for its owner only, unless it exists. */
export function createFile(path: string): void {
  try {
    // Never open a database that exists: to close it would release SQLite's locks of this process
    // (https://sqlite.org/howtocorrupt.html, 2.2).
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}

/** @param wasUsed whether the directory had a database before. */
function checkFiles(directory: string, path: string, walPath: string, wasUsed: boolean): void {
  const file = statSync(path);
  if (!file.isFile()) throw new StorageError("open", directory, "foreign");
  // SQLite deletes the log of an empty database. If the file was emptied by accident, the log may
  // contain all that is left.
  const wal = statSync(walPath, { throwIfNoEntry: false });
  if (file.size === 0 && wal !== undefined && wal.size > 0) {
    throw new StorageError("open", directory, "corrupt");
  }
  // Even a new database is never empty; SQLite would treat an emptied one as new.
  if (file.size === 0 && wasUsed) throw new StorageError("open", directory, "empty");
}

/**
 * Checks the owner of a database that was not closed. SQLite would write the log into the database when
 * it is closed again, also after a refusal; a connection that only reads does not.
 */
function checkOwnerBeforeRecovery(directory: string, path: string, walPath: string): void {
  const wal = statSync(walPath, { throwIfNoEntry: false });
  if (wal === undefined || wal.size === 0) return;
  const database = openSqlite(path, { readOnly: true });
  try {
    checkOwner(database, directory);
  } finally {
    database.close();
  }
}

function configure(database: DatabaseSync, sync: StoreOptions["sync"]): void {
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (mode !== "wal") throw new Error(`Cannot use a write-ahead log: the mode is ${mode}`);
  database.exec(`PRAGMA synchronous = ${sync === "full" ? "FULL" : "NORMAL"}`);
}

function checkIntegrity(database: DatabaseSync, directory: string): void {
  const result = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (result !== "ok") {
    throw new StorageError("open", directory, "corrupt", { cause: new Error(String(result)) });
  }
}

/** Name of the lock in the data directory. It stays empty. */
export const LOCK_FILE = "hubbub.lock";

export interface DirectoryLock {
  release(): void;
}

/**
 * Locks a data directory for this store.
 *
 * It is a lock of the operating system on an empty file, through SQLite, which supports all systems:
 * it ends with the process, also after a crash, and never needs a cleanup. The database itself is not
 * locked, so that it can be backed up, and checkpointed from another thread.
 *
 * @throws SQLite's error, with `errcode` 5, when another process has the lock.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const database = openSqlite(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    // Otherwise a crash would leave an empty journal.
    database.exec("PRAGMA journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw error;
  }
  return { release: () => database.close() };
}

/** Bytes that a database needs to be opened at all, for its log and the index of the log. */
const PROBE_BYTES = 64 * 1024;

/**
 * Checks whether a directory can be written to, by writing to it.
 *
 * Only this works everywhere: permissions include neither read-only mounts nor quotas, and do not
 * bind root; and SQLite reports "disk I/O error" or "unable to open database file" when a full disk
 * has no room for the index of its log.
 *
 * @throws the system's error.
 */
export function probeDirectory(directory: string): void {
  const path = join(directory, "hubbub.probe");
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, new Uint8Array(PROBE_BYTES));
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

/** Mode bits that let users other than the owner write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * The paths of a data directory that users other than their owner may write to: a user who can
 * replace the database decides who is an operator. Windows has no such modes.
 */
export function writableByOthers(directory: string): string[] {
  if (process.platform === "win32") return [];
  const paths = [directory, ...readdirSync(directory).map((name) => join(directory, name))];
  return paths.filter((path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    return status !== undefined && (status.mode & WRITABLE_BY_OTHERS) !== 0;
  });
}
