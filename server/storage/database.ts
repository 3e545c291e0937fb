import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { PAGE_BYTES } from "./checkpointer.ts";
import { checkOwner, migrate } from "./schema.ts";
import { StorageError } from "./storage_error.ts";
import type { StoreOptions } from "./store.ts";

/** Name of the database in the data directory. */
export const DATABASE_FILE = "hubbub.db";

/**
 * Bytes up to which a database is checked from end to end when it is opened: 64 MiB, a fraction of
 * a second. In a larger one only what is read is checked.
 */
export const MAX_CHECKED_BYTES = 64 * 1024 * 1024;

/** How long a write waits for another process: `administration.ts`, and nothing else, writes beside a
 * server, for a millisecond. */
const BUSY_MILLISECONDS = 100;

/** An open database, used by no other server. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly lock: DirectoryLock;
  readonly directory: string;
  /** Path of the database, and of its write-ahead log. */
  readonly path: string;
  readonly walPath: string;
}

/**
 * Opens the database in a data directory, and makes both where they are missing: the directory for
 * its owner only (0700), the database too (0600, and SQLite gives its log the same).
 *
 * 1. The directory is ours alone: see {@link lockDirectory}.
 * 2. It is a healthy database of hubbub, of this version or an older one, which is then migrated. An
 *    empty file is one in a new directory only.
 * 3. It can be written to: the disk has room for a page.
 *
 * Otherwise it is left as it was.
 *
 * @throws StorageError that says what is wrong.
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
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    probeDirectory(directory);
    const wasUsed = existsSync(join(directory, LOCK_FILE)) && existsSync(path);
    createFile(join(directory, LOCK_FILE));
    lock = lockDirectory(directory);
    createFile(path);
    checkFiles(directory, path, walPath, wasUsed);
    database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS });
    checkOwner(database, directory);
    if (statSync(path).size <= maxCheckedBytes) checkIntegrity(database, directory);
    configure(database, sync);
    migrate(database);
    // Writes a page without changing anything.
    database.exec("UPDATE counters SET value = value");
    return { database, lock, directory, path, walPath };
  } catch (error) {
    const failure = StorageError.of("open", directory, error);
    try {
      database?.close();
    } catch {
      // It is the first error that counts.
    }
    lock?.release();
    throw failure;
  }
}

/** Makes a file for its owner only, unless it is there. */
function createFile(path: string): void {
  try {
    // Never open a database that exists: to close it again would release SQLite's locks on it, where
    // this process has some (https://sqlite.org/howtocorrupt.html, 2.2).
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}

/** @param wasUsed whether a server has had a database there before. */
function checkFiles(directory: string, path: string, walPath: string, wasUsed: boolean): void {
  const file = statSync(path);
  if (!file.isFile()) throw new StorageError("open", directory, "foreign");
  // SQLite deletes the log of an empty database. If somebody has emptied it, what is in the log may
  // be all that is left.
  const wal = statSync(walPath, { throwIfNoEntry: false });
  if (file.size === 0 && wal !== undefined && wal.size > 0) {
    throw new StorageError("open", directory, "corrupt");
  }
  // A database is never empty, not even a new one: SQLite would take it for one.
  if (file.size === 0 && wasUsed) throw new StorageError("open", directory, "empty");
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

/** A data directory that nobody else may use. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Takes a data directory for this store alone.
 *
 * The lock is one of the operating system on an empty file, taken by way of SQLite, which knows how
 * on every system: it ends with the process, however that ends, and never has to be cleaned up. The
 * database itself is not locked, so that it can be backed up, and checkpointed from another thread.
 *
 * @throws SQLite's error, with `errcode` 5, when somebody else has it.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const database = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    // Or an empty journal would be left after a crash.
    database.exec("PRAGMA journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw error;
  }
  return { release: () => database.close() };
}

/** Space that a database needs to be opened at all, in bytes: its log and the log's index. */
const PROBE_BYTES = 64 * 1024;

/**
 * Finds out whether a directory can be written to, by writing to it.
 *
 * It is the only way that holds everywhere: permissions say nothing of a read-only mount or of a
 * quota, nor to root; and SQLite says "disk I/O error" or "unable to open database file" of a full
 * disk where it is the index of its log that has no room.
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

/** Bits of a mode by which others than the owner may write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * The paths of a data directory that others than their owner may write to: a user who can replace the
 * database decides what was said, and who is an operator. Windows keeps no such modes.
 */
export function writableByOthers(directory: string): string[] {
  if (process.platform === "win32") return [];
  const paths = [directory, ...readdirSync(directory).map((name) => join(directory, name))];
  return paths.filter((path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    return status !== undefined && (status.mode & WRITABLE_BY_OTHERS) !== 0;
  });
}
