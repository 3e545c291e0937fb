import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

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
