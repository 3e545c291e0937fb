import {
  complete,
  type CompletionSource,
  needsArgument,
  needsSecondArgument,
} from "../../client/core/completion.ts";
import { compareNames } from "../../client/core/roster.ts";
import { type Command, COMMANDS, findCommand } from "../../protocol/commands.ts";
import { isSameName } from "../../protocol/names.ts";

/** A candidate for the incomplete word. */
export interface Suggestion {
  /** The inserted text, with its separator from the next word. */
  readonly text: string;
  /** The text in the list. */
  readonly label: string;
  readonly detail: string;
}

/** The suggestions for an incomplete word. */
export interface Suggestions {
  /** Position of the word in the text. */
  readonly start: number;
  readonly end: number;
  readonly suggestions: readonly Suggestion[];
  /** Whether the text may be sent as typed: none of the suggestions is needed. */
  readonly isComplete: boolean;
}

export type Names = Pick<CompletionSource, "users" | "rooms">;

/** Maximum number of names in one list. */
const MAX_NAMES = 100;

/**
 * Suggests completions of the word before the caret. A name at the start of a message gets the colon that
 * addresses a user.
 *
 * @param isAsked whether the user pressed Tab. Otherwise names are only suggested as the argument of a
 * command and after an `@`.
 * @returns `undefined` without suggestions.
 */
export function suggest(
  text: string,
  caret: number,
  { users, rooms }: Names,
  isAsked = true,
): Suggestions | undefined {
  const completion = complete(text.slice(0, caret), { users, rooms, commandsLike });
  if (completion === undefined) return undefined;
  const { kind, start, word, candidates, takes, command } = completion;
  if (candidates.length === 0) return undefined;
  if (kind === "name" && !isAsked && text[start] !== "@") return undefined;
  const range = { start, end: caret };
  if (kind === "command") {
    const meant = findCommand(word);
    const isComplete = meant !== undefined && !needsArgument(meant.usage);
    return { ...range, suggestions: candidates.map(suggestionOfCommand), isComplete };
  }
  const isRoom = takes === "room";
  const ending = isRoom ? "" : kind === "name" && start === 0 && word !== "" ? ": " : " ";
  const suggestions = candidates.toSorted(compareNames).slice(0, MAX_NAMES)
    .map((name) => ({ text: name + ending, label: name, detail: isRoom ? "room" : "" }));
  // A room that is not in the list may be a new one. A user must be in the room.
  const isKnown = isRoom ? word !== "" : users.some((name) => isSameName(name, word));
  const isLast = isRoom || kind === "name" || !needsSecondArgument(command);
  return { ...range, suggestions, isComplete: isKnown && isLast };
}

export function withSuggestion(
  text: string,
  { start, end }: Suggestions,
  { text: suggested }: Suggestion,
): { readonly text: string; readonly caret: number } {
  const rest = text.slice(end).replace(/^ /, "");
  return { text: text.slice(0, start) + suggested + rest, caret: start + suggested.length };
}

/** The commands that begin with a word, those that match by an alias last. */
function commandsLike(word: string): string[] {
  const typed = word.toLowerCase();
  const meant = findCommand(typed);
  const rankOf = (command: Command) => {
    if (command === meant) return 0;
    if (command.name.startsWith(typed)) return 1;
    return command.aliases.some((alias) => alias.startsWith(typed)) ? 2 : 3;
  };
  return COMMANDS.filter((command) => rankOf(command) < 3)
    .toSorted((one, other) => rankOf(one) - rankOf(other))
    .map(({ name }) => name);
}

function suggestionOfCommand(command: string): Suggestion {
  const { name, usage, summary } = findCommand(command)!;
  return { text: usage === name ? name : `${name} `, label: usage, detail: summary };
}
