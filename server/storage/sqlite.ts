import process from "node:process";
import type { DatabaseSync, DatabaseSyncOptions } from "node:sqlite";

/**
 * Opens a database with SQLite, which is loaded by the first call: Node 22 prints a warning then, and a
 * program that stores nothing must not get it.
 */
export function openSqlite(path: string, options: DatabaseSyncOptions): DatabaseSync {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  return new DatabaseSync(path, options);
}
