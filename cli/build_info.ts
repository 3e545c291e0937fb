import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { runtime } from "./runtime/mod.ts";
import { type BuildStamp, STAMP } from "./build_stamp.ts";

/** What a program was made of. */
export interface BuildInfo extends BuildStamp {
  readonly version: string;
  /** The runtime and its version, such as `Deno 2.9.6`. */
  readonly runtime: string;
  /** The JavaScript engine and its version, such as `V8 15.0.245.7-rusty`. */
  readonly engine: string;
  /** The system that it was made for, such as `x86_64-unknown-linux-gnu`; with Node `linux-x64`. */
  readonly target: string;
}

export function buildInfo(): BuildInfo {
  const { commit, form } = STAMP;
  return {
    version: config.version,
    commit: form === "source" ? commitOfCheckout(projectFolder()) : commit,
    form,
    runtime: runtime.version,
    engine: `V8 ${process.versions.v8}`,
    target: runtime.target,
  };
}

/** The folder of the sources; `undefined` if they were loaded from elsewhere. */
function projectFolder(): string | undefined {
  const url = new URL("..", import.meta.url);
  return url.protocol === "file:" ? fileURLToPath(url) : undefined;
}

const COMMIT = /^[0-9a-f]{40,64}$/;

/** The name of a branch as Git stores it below its folder: never a path out of it. */
const REFERENCE = /^ref: (refs\/(?:(?!\.\.)[\w./-])+)$/;

/**
 * The commit that is checked out in a folder, by the files of Git, without Git itself.
 *
 * @returns `null` if it is no checkout, or cannot be read.
 */
export function commitOfCheckout(folder: string | undefined): string | null {
  if (folder === undefined) return null;
  try {
    const own = gitFolder(folder);
    const head = read(join(own, "HEAD"));
    const [, reference] = REFERENCE.exec(head) ?? [];
    const commit = reference === undefined ? head : commitOf(commonFolder(own), reference);
    return COMMIT.test(commit) ? commit : null;
  } catch {
    return null;
  }
}

const read = (path: string) => readFileSync(path, "utf8").trim();

/** `.git`, or the folder that it names in a further worktree. */
function gitFolder(folder: string): string {
  const path = join(folder, ".git");
  try {
    return resolve(folder, read(path).replace(/^gitdir: /, ""));
  } catch {
    return path;
  }
}

/** The folder with the branches, which all worktrees share. */
function commonFolder(own: string): string {
  try {
    return resolve(own, read(join(own, "commondir")));
  } catch {
    return own;
  }
}

/** The commit of a branch, from its own file or the common one. */
function commitOf(folder: string, reference: string): string {
  try {
    return read(join(folder, reference));
  } catch {
    const packed = read(join(folder, "packed-refs")).split("\n");
    return packed.find((line) => line.endsWith(` ${reference}`))?.split(" ")[0] ?? "";
  }
}
