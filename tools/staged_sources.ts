import { dirname, join } from "node:path";
import type { Form } from "../cli/build_stamp.ts";
import { commitOfSources, writeStamp } from "./build_stamp.ts";
import { REPOSITORY } from "./repository.ts";

/** What the program and the library are made of; documents are read by commands. */
const SOURCES = ["bench", "cli", "client", "docs", "protocol", "server", "web"] as const;
const FILES = ["deno.json", "deno.lock", "mod.ts"] as const;

/** Texts that are replaced in the copy of a file. */
export interface Replacement {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Copies the sources, with the commit and the form of the build in them.
 *
 * @param folder an empty one.
 * @throws {Error} if a text to be replaced is not there exactly once.
 */
export async function stageSources(
  folder: string,
  form: Form,
  replacements: readonly Replacement[] = [],
): Promise<void> {
  for (const name of SOURCES) await copyFolder(name, folder);
  for (const name of FILES) await copyFile(name, folder);
  await writeStamp(folder, { commit: await currentCommit(), form });
  for (const { file, from, to } of replacements) {
    const path = join(folder, file);
    const parts = (await Deno.readTextFile(path)).split(from);
    if (parts.length !== 2) throw new Error(`Cannot replace ${from} in ${file}: not there once`);
    await Deno.writeTextFile(path, parts.join(to));
  }
}

/** The commit of what a build copies, as {@link commitOfSources} names it. */
export async function currentCommit(): Promise<string | null> {
  return (await commitOfSources([...SOURCES, ...FILES])).name;
}

async function copyFolder(path: string, folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(join(REPOSITORY, path))) {
    if (isDirectory) await copyFolder(`${path}/${name}`, folder);
    else await copyFile(`${path}/${name}`, folder);
  }
}

async function copyFile(path: string, folder: string): Promise<void> {
  await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
  await Deno.copyFile(join(REPOSITORY, path), join(folder, path));
}
