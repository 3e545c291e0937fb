/**
 * What a build knows of itself: the commit, and a time that is the same for all who build it.
 *
 * @module
 */

import { join } from "node:path";
import { commitOfCheckout } from "../cli/build_info.ts";
import type { BuildStamp } from "../cli/build_stamp.ts";
import { REPOSITORY } from "./repository.ts";

/** The file that a build replaces in its copy of the sources. */
export const STAMP_FILE = "cli/build_stamp.ts";

/** The text of {@link STAMP_FILE} for a build. */
export function stampedSource(source: string, stamp: BuildStamp): string {
  const declaration = /(?<=^export const STAMP: BuildStamp = ).*(?=;$)/m;
  if (!declaration.test(source)) {
    throw new Error(`Cannot write the commit: ${STAMP_FILE} has no STAMP of one line`);
  }
  return source.replace(declaration, JSON.stringify(stamp));
}

/** Writes what a build knows of itself into a copy of the sources. */
export async function writeStamp(folder: string, stamp: BuildStamp): Promise<void> {
  const path = join(folder, STAMP_FILE);
  await Deno.writeTextFile(path, stampedSource(await Deno.readTextFile(path), stamp));
}

/** The commit or the time of a build cannot be read; the message has the reason and what to do. */
export class StampError extends Error {
  override readonly name = "StampError";
}

/** A commit and its time. */
export interface Commit {
  /** With `-modified` if the sources differ from it; `null` outside of a checkout. */
  readonly name: string | null;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * The commit of the sources.
 *
 * @param paths what a build reads: changes elsewhere do not matter.
 * @param epoch the time in place of the commit's, as reproducible-builds.org defines
 * `SOURCE_DATE_EPOCH`. Without both it is 0.
 * @throws {StampError}
 */
export async function commitOfSources(
  paths: readonly string[],
  epoch: string | undefined = Deno.env.get("SOURCE_DATE_EPOCH"),
): Promise<Commit> {
  const [commit = "", own = "0"] = (await git("show", "-s", "--format=%H %ct", "HEAD")).split(" ");
  const time = Number(epoch || own);
  if (!Number.isSafeInteger(time) || time < 0) {
    throw new StampError(`Invalid SOURCE_DATE_EPOCH "${epoch}": expected seconds since 1970.`);
  }
  if (commit === "") {
    // Otherwise the build would silently be another one.
    if (commitOfCheckout(REPOSITORY) !== null) {
      throw new StampError(
        "Cannot read the commit of this checkout with Git. Run git status in it for the reason.",
      );
    }
    return { name: null, time };
  }
  const changes = await git("status", "--porcelain", "--", ...paths);
  return { name: changes === "" ? commit : `${commit}-modified`, time };
}

/**
 * The time of all files that are made of the sources: `SOURCE_DATE_EPOCH`, or that of the commit.
 *
 * @throws {StampError}
 */
export async function timeOfSources(): Promise<Date> {
  return new Date((await commitOfSources([])).time * 1000);
}

/** The output of Git for the sources; empty if it has none, or is not installed. */
async function git(...parameters: string[]): Promise<string> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: parameters,
      cwd: REPOSITORY,
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return "";
  }
}
