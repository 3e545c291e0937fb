import { type Command, COMMANDS, findCommand } from "../../protocol/commands.ts";
import { nameKey } from "../../protocol/names.ts";
import { compareNames } from "./name_order.ts";

/** Something that may stand in place of what is half typed. */
export interface Suggestion {
  /** What is put in, with what separates it from the next word. */
  readonly text: string;
  /** How it is shown in the list. */
  readonly label: string;
  readonly detail: string;
}

/** What may be meant by a half-typed word, and where that word stands. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly suggestions: readonly Suggestion[];
  /** Whether the text may be sent as typed: none of the suggestions is needed. */
  readonly isComplete: boolean;
}

/** What names there are to choose from. */
export interface Vocabulary {
  readonly people: readonly string[];
  readonly rooms: readonly string[];
}

/** Maximum of names in one list. */
const MOST_NAMES = 100;

/**
 * What the word before the caret may become: a command at the start, a room or a user where a command
 * takes one, otherwise a name; at the start of a message with the colon that addresses a user.
 *
 * @param isAsked whether the user pressed Tab for it. Otherwise names are only suggested as the
 * argument of a command and behind an `@`.
 */
export function complete(
  text: string,
  caret: number,
  vocabulary: Vocabulary,
  isAsked = true,
): Completion | undefined {
  const before = text.slice(0, caret);
  const [word] = /\S*$/.exec(before)!;
  const start = caret - word.length;
  const found = start === 0 && word.startsWith("/")
    ? commandsLike(word)
    : argumentsLike(word, before.slice(0, start), vocabulary) ??
      (word !== "" && (isAsked || word.startsWith("@"))
        ? namesLike(word, start === 0, vocabulary.people)
        : undefined);
  if (found === undefined || found.suggestions.length === 0) return undefined;
  return { start, end: caret, ...found };
}

/** The text with a suggestion in place of the word. */
export function withSuggestion(
  text: string,
  { start, end }: Completion,
  { text: suggested }: Suggestion,
): { readonly text: string; readonly caret: number } {
  const rest = text.slice(end).replace(/^ /, "");
  return { text: text.slice(0, start) + suggested + rest, caret: start + suggested.length };
}

type Found = Pick<Completion, "suggestions" | "isComplete">;

/** Commands that begin with a word: its own first, then those whose aliases do. */
function commandsLike(word: string): Found {
  const typed = word.toLowerCase();
  const meant = findCommand(typed);
  const rankOf = (command: Command) => {
    if (command === meant) return 0;
    if (command.name.startsWith(typed)) return 1;
    return command.aliases.some((alias) => alias.startsWith(typed)) ? 2 : 3;
  };
  return {
    suggestions: COMMANDS.filter((command) => rankOf(command) < 3)
      .toSorted((one, other) => rankOf(one) - rankOf(other))
      .map(({ name, usage, summary }) => ({
        text: usage === name ? name : `${name} `,
        label: usage,
        detail: summary,
      })),
    isComplete: meant !== undefined && !needsArgument(meant.usage),
  };
}

/** Names for the first argument of a command; `undefined` where it takes none. */
function argumentsLike(
  word: string,
  before: string,
  { people, rooms }: Vocabulary,
): Found | undefined {
  if (!/^\/\S+\s+$/.test(before)) return undefined;
  const { name = "", usage = "" } = findCommand(before.trim()) ?? {};
  const [, kind] = /^\S+ (NAME|ROOM|TARGET)\b/.exec(usage) ?? [];
  if (kind === "ROOM") {
    // Any other word may be the name of a new room.
    return {
      suggestions: suggest(rooms, word.replace(/^#/, ""), "", "room"),
      isComplete: word !== "",
    };
  }
  // Names of users in the room are of no use for a new name, or for lifting a ban.
  if (kind === undefined || name === "/nick" || name === "/unban") return undefined;
  const key = word.replace(/^@/, "");
  return {
    suggestions: suggest(people, key, " ", ""),
    isComplete: isNameOf(people, key) && !needsArgument(usage.replace(kind, "")),
  };
}

function namesLike(word: string, isFirst: boolean, people: readonly string[]): Found {
  const key = word.replace(/^@/, "");
  const ending = isFirst && key !== "" ? ": " : " ";
  return { suggestions: suggest(people, key, ending, ""), isComplete: isNameOf(people, key) };
}

/** Whether a command requires an argument. */
function needsArgument(usage: string): boolean {
  return / [A-Z]/.test(usage);
}

function isNameOf(people: readonly string[], word: string): boolean {
  return people.some((name) => nameKey(name) === nameKey(word));
}

function suggest(
  names: readonly string[],
  word: string,
  ending: string,
  detail: string,
): Suggestion[] {
  const key = nameKey(word);
  return names
    .filter((name) => nameKey(name).startsWith(key))
    .toSorted(compareNames)
    .slice(0, MOST_NAMES)
    .map((name) => ({ text: name + ending, label: name, detail }));
}
