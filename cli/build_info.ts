import config from "../deno.json" with { type: "json" };
import { filePath } from "./runtime/file_path.ts";
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
    engine: runtime.engine,
    target: runtime.target,
  };
}

/** The folder of the sources; `undefined` if they were loaded from elsewhere. */
function projectFolder(): string | undefined {
  const url = new URL("..", import.meta.url);
  return url.protocol === "file:" ? filePath(url) : undefined;
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
    const head = read(`${own}/HEAD`);
    const [, reference] = REFERENCE.exec(head) ?? [];
    const commit = reference === undefined ? head : commitOf(commonFolder(own), reference);
    return COMMIT.test(commit) ? commit : null;
  } catch {
    return null;
  }
}

const read = (path: string) => runtime.readText(path).trim();

/** A path that is relative to a folder, or absolute. */
function below(folder: string, path: string): string {
  return /^([\\/]|[a-z]:)/i.test(path) ? path : `${folder}/${path}`;
}

/** `.git`, or the folder that it names in a further worktree. */
function gitFolder(folder: string): string {
  const path = `${folder}/.git`;
  try {
    return below(folder, read(path).replace(/^gitdir: /, ""));
  } catch {
    return path;
  }
}

/** The folder with the branches, which all worktrees share. */
function commonFolder(own: string): string {
  try {
    return below(own, read(`${own}/commondir`));
  } catch {
    return own;
  }
}

/** The commit of a branch, from its own file or the common one. */
function commitOf(folder: string, reference: string): string {
  try {
    return read(`${folder}/${reference}`);
  } catch {
    const packed = read(`${folder}/packed-refs`).split("\n");
    return packed.find((line) => line.endsWith(` ${reference}`))?.split(" ")[0] ?? "";
  }
}
