import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

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
