/**
 * Finds words that the project does not use: `deno task language [PATH...]`.
 *
 * The words and what to write instead are the second table of `docs/GLOSSARY.md`.
 *
 * @module
 */

import { join, relative } from "node:path";
import { REPOSITORY } from "./repository.ts";

/** A pattern of the glossary, and what to write instead of its matches. */
export interface AvoidedWord {
  readonly pattern: RegExp;
  readonly instead: string;
}

export interface AvoidedUse {
  /** From 1. */
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

/** Folders and files that are read where no path is given. */
const ROOTS = [
  ..."protocol server client web bench cli tools tests docs mod.ts".split(" "),
  ..."README.md CHANGELOG.md SECURITY.md CONTRIBUTING.md".split(" "),
];

/** Generated files, copies of other programs, the table of the words itself and its test. */
const LEFT_OUT =
  /(^|\/)(node_modules|fixtures|std_assert)\/|page_files\.ts$|_table\.ts$|GLOSSARY\.md$|tests\/tools\/language\.test\.ts$/;

/**
 * Reads the words to avoid from the glossary.
 *
 * @throws {Error} if the glossary has no such table.
 */
export function avoidedWords(glossary: string): AvoidedWord[] {
  const table = glossary.split(/^## Words to avoid$/m)[1] ?? "";
  const words = [...table.matchAll(/^\| (`.+`) +\| (.+?) +\|$/gm)].map(([, patterns, instead]) => ({
    pattern: new RegExp(
      [...patterns!.matchAll(/`([^`]+)`/g)]
        .map(([, pattern]) =>
          `\\b(?:${pattern!.replaceAll("\\|", "|").replaceAll(" ", "\\s+")})\\b`
        ).join("|"),
      "gi",
    ),
    instead: instead!,
  }));
  if (words.length === 0) throw new Error("Cannot read the glossary: it has no words to avoid");
  return words;
}

/** Finds the words to avoid in a text, in its order; also those that continue on the next line. */
export function avoidedUses(text: string, words: readonly AvoidedWord[]): AvoidedUse[] {
  // A comment's phrase may continue behind the asterisk or slashes of its next line.
  const joined = text.replace(/\n[ \t]*(?:\*|\/\/)?(?=[ \t])/g, (gap) => " ".repeat(gap.length));
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return words.flatMap(({ pattern, instead }) =>
    [...joined.matchAll(pattern)].map(({ 0: found, index }) => ({
      line: starts.filter((start) => start < index).length + 1,
      found: found.replace(/\s+/g, " "),
      instead,
    }))
  ).sort((one, other) => one.line - other.line);
}

/** The project's files below a path, as paths from the repository's folder. */
async function filesBelow(path: string): Promise<string[]> {
  const { isDirectory } = await Deno.stat(path);
  const own = relative(REPOSITORY, path).replaceAll("\\", "/");
  if (LEFT_OUT.test(`${own}${isDirectory ? "/" : ""}`)) return [];
  if (!isDirectory) return /\.(ts|md)$/.test(own) ? [own] : [];
  const entries = await Array.fromAsync(Deno.readDir(path));
  const found = await Promise.all(entries.map(({ name }) => filesBelow(join(path, name))));
  return found.flat().sort();
}

if (import.meta.main) {
  const words = avoidedWords(await Deno.readTextFile(join(REPOSITORY, "docs/GLOSSARY.md")));
  const paths = Deno.args.length > 0
    ? Deno.args
    : ROOTS.map((root) => join(REPOSITORY, root)).filter(exists);
  let uses = 0;
  for (const file of (await Promise.all(paths.map(filesBelow))).flat()) {
    const text = await Deno.readTextFile(join(REPOSITORY, file));
    for (const { line, found, instead } of avoidedUses(text, words)) {
      uses++;
      console.log(`${file}:${line}: "${found}": write ${instead}`);
    }
  }
  if (uses > 0) console.error(`Words to avoid: ${uses}. docs/GLOSSARY.md has the table.`);
  Deno.exit(uses > 0 ? 1 : 0);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
