/**
 * Completion of the word before the cursor: commands, users, rooms, paths.
 *
 * @module
 */

import { type Command, findCommand } from "../../protocol/commands.ts";
import { nameKey } from "../../protocol/names.ts";

/** The words that can be completed. Lists are in the order of suggestion. */
export interface CompletionSource {
  /** The commands that start with a word, with their slashes. */
  commandsLike(word: string): readonly string[];
  readonly users: readonly string[];
  /** Users in other rooms, who can be the argument of a command. */
  readonly elsewhere?: readonly string[];
  readonly rooms: readonly string[];
  /** Arguments of commands that only this client has, by their names in lower case. */
  readonly argumentsOf?: Readonly<Record<string, readonly string[]>>;
  /** The paths that start with a text. */
  paths?(beginning: string): readonly string[];
}

/** The candidates for the word before the cursor. */
export interface Completion {
  /** `argument` is the first argument of a command, `name` any other word. */
  readonly kind: "command" | "argument" | "name" | "path";
  /** Where the word starts, in UTF-16 units. It ends at the cursor. */
  readonly start: number;
  /** The word without `@` in front of a user, or `#` in front of a room. */
  readonly word: string;
  readonly candidates: readonly string[];
  /** The command whose argument is completed, in lower case. */
  readonly command: string;
  /** The type of that argument. */
  readonly takes: "user" | "room" | "word";
}

/**
 * Finds the candidates for the end of a text: a command at its start, the first argument of a command, a
 * path as the second argument of `/send`, else the name of a user.
 *
 * @returns `undefined` if nothing can be completed. Without a candidate the list is empty.
 */
export function complete(before: string, source: CompletionSource): Completion | undefined {
  const path = /^\/send\s+\S+\s+(.*)$/is.exec(before)?.[1];
  if (path !== undefined && source.paths !== undefined) {
    return found("path", before.length - path.length, path, source.paths(path));
  }
  const [word] = /\S*$/.exec(before)!;
  const start = before.length - word.length;
  if (start === 0 && word.startsWith("/") && !word.startsWith("//")) {
    return found("command", 0, word, source.commandsLike(word));
  }
  const [, typed] = /^(\/\S+)\s+\S*$/.exec(before) ?? [];
  const argument = typed === undefined ? undefined : argumentOf(typed, word, start, source);
  if (argument !== undefined || word === "") return argument;
  const name = word.replace(/^@/, "");
  return found("name", start, name, beginningWith(name, source.users));
}

/** Whether a command requires an argument; optional ones are in brackets. */
export function needsArgument(usage: string): boolean {
  return / [A-Z]/.test(usage);
}

export function needsSecondArgument(command: string): boolean {
  return needsArgument((findCommand(command)?.usage ?? "").replace(/ [A-Z]+/, ""));
}

/** The candidates for the first argument of a command; `undefined` if it cannot be completed. */
function argumentOf(
  typed: string,
  word: string,
  start: number,
  { users, elsewhere = [], rooms, argumentsOf = {} }: CompletionSource,
): Completion | undefined {
  const command = findCommand(typed)?.name ?? typed.toLowerCase();
  const own = Object.hasOwn(argumentsOf, command) ? argumentsOf[command] : undefined;
  const takes = own === undefined ? typeOfArgument(findCommand(typed)) : "word";
  if (takes === undefined) return undefined;
  const choices = own ?? (takes === "room" ? rooms : [...users, ...elsewhere]);
  const key = word.replace({ user: /^@/, room: /^#/, word: /^[@#]/ }[takes], "");
  return {
    ...found("argument", start, key, beginningWith(key, choices)),
    command,
    takes,
  };
}

/** The type of a command's first argument; `undefined` if it cannot be completed. */
function typeOfArgument({ name, usage }: Partial<Command> = {}): "user" | "room" | undefined {
  // Users who are online are of no use for a new name, or for lifting a ban.
  if (name === "/nick" || name === "/unban") return undefined;
  const [, type] = /^\S+ (NAME|ROOM|TARGET)\b/.exec(usage ?? "") ?? [];
  return type === undefined ? undefined : type === "ROOM" ? "room" : "user";
}

function found(
  kind: Completion["kind"],
  start: number,
  word: string,
  candidates: readonly string[],
): Completion {
  return { kind, start, word, candidates, command: "", takes: "user" };
}

function beginningWith(word: string, choices: readonly string[]): string[] {
  const key = nameKey(word);
  return choices.filter((choice) => nameKey(choice).startsWith(key));
}
