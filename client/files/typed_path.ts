import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cleanLine } from "../../protocol/mod.ts";

/** The path that was typed, or written by a terminal for a file that was dropped on it. */
export function typedPath(typed: string): string {
  const [, , quoted] = /^(["'])(.*)\1$/s.exec(typed) ?? [];
  const path = quoted ?? typed.replaceAll("\\ ", " ");
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/**
 * Completions of a typed path: files, and folders with a slash at their end. Hidden ones are left out
 * until their dot is typed, and always names with control characters. Empty for an unreadable folder.
 */
export function pathsBeginningWith(typed: string): string[] {
  const [, folder = "", start = ""] = /^(.*\/)?(.*)$/s.exec(typed)!;
  const beginning = start.replaceAll("\\ ", " ");
  return entriesOf(typedPath(folder) || ".")
    .filter(({ name }) => name.startsWith(beginning) && (beginning !== "" || name[0] !== "."))
    .filter(({ name }) => cleanLine(name) === name)
    .map(({ name, isFolder }) => folder + name.replaceAll(" ", "\\ ") + (isFolder ? "/" : ""))
    .sort();
}

function entriesOf(folder: string): { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch {
    return [];
  }
}
