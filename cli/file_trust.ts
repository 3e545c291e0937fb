/**
 * Files that the program reads without being asked for them name servers and certificates to trust. So
 * only the user and root may be able to change them, as OpenSSH demands of its own files. Windows has
 * no such modes; access control lists are not looked at.
 *
 * @module
 */

import { realpathSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { cleanLine } from "../protocol/text.ts";
import { CliError, EXIT } from "./exit.ts";
import { shellWord } from "./shell_word.ts";

const GROUP_WRITE = 0o020;
const OTHERS_WRITE = 0o002;
/** In a folder such as `/tmp` others can add files, but not replace those of the user. */
const STICKY = 0o1000;

/** The user of this process. */
export interface User {
  readonly uid: number;
  /** What is above this folder is not checked. */
  readonly home: string;
}

/** `undefined` on Windows, and without the permission to read it. */
function currentUser(): User | undefined {
  try {
    const uid = process.getuid?.();
    return uid === undefined ? undefined : { uid, home: homedir() };
  } catch {
    return undefined;
  }
}

/**
 * Refuses a file of the configuration folder that another user could have written: it, and the folders
 * up to the home folder, belong to the user or to root, and only they can write.
 *
 * @param path a missing file is accepted.
 * @throws {CliError} with what to do.
 */
export function refuseUntrusted(path: string, user: User | undefined = currentUser()): void {
  if (user === undefined) return;
  const real = realPathOf(path);
  if (real === undefined) return;
  const homes = [user.home, realPathOf(user.home)];
  // A link can be replaced in its own folder, and its target in another one.
  for (const each of new Set([path, real].flatMap((path) => upToHome(path, homes)))) {
    const fault = faultOf(statSync(each), each === path ? "it" : cleanLine(each), user);
    if (fault !== undefined) {
      throw new CliError(
        `Cannot use ${cleanLine(path)}: ${fault} ${shellWord(cleanLine(each))}`,
        EXIT.usage,
      );
    }
  }
}

/** `undefined` for a file that does not exist, or cannot be reached. */
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A path and the folders above it, to a home folder or the root. */
function upToHome(path: string, homes: readonly (string | undefined)[]): string[] {
  const parent = dirname(path);
  return homes.includes(path) || parent === path ? [path] : [path, ...upToHome(parent, homes)];
}

/** The end of a sentence, up to the path; `undefined` without a fault. */
function faultOf(stats: Stats, shown: string, { uid }: User): string | undefined {
  if (stats.uid !== uid && stats.uid !== 0) {
    return `${shown} belongs to another user. Remove it, or make it yours: chown ${uid}`;
  }
  // The group of the same number as its owner has no other members, by convention.
  const group = stats.gid === stats.uid ? 0 : GROUP_WRITE;
  if ((stats.mode & (OTHERS_WRITE | group)) === 0) return undefined;
  if (stats.isDirectory() && (stats.mode & STICKY) !== 0) return undefined;
  return `other users can change ${shown}. Run: chmod go-w`;
}
