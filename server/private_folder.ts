import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

const MODE = 0o700;

/**
 * Makes a folder, and those above it, for their owner only. An existing one is left unchanged.
 *
 * Node's own way of making them all does not end where the system refuses a folder with ENOENT although the
 * one above it exists, as below `/proc` (measured in Node 22.23 and 26.10).
 *
 * @throws the error of the file system.
 */
export function makePrivateFolder(path: string): void {
  const missing = missingFolders(path);
  if (missing.length === 0) mkdirSync(path, { recursive: true, mode: MODE });
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode: MODE });
    } catch (error) {
      // Another process has made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Those of the folder and of the ones above it that do not exist, from the top; none if that cannot be
 * seen, without permission to read there. */
export function missingFolders(path: string, exists = existsSync): string[] {
  const missing: string[] = [];
  try {
    for (let folder = path; !exists(folder);) {
      missing.unshift(folder);
      const above = dirname(folder);
      // Nothing is above the drive of Windows that does not exist.
      if (above === folder) break;
      folder = above;
    }
  } catch {
    return [];
  }
  return missing;
}
