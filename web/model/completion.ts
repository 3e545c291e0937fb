import { COMMANDS } from "../../protocol/commands.ts";
import { nameKey } from "../../protocol/names.ts";

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
}

/** What names there are to choose from. */
export interface Vocabulary {
  readonly people: readonly string[];
  readonly rooms: readonly string[];
}

/** Suggestions in one list. */
const MOST = 8;

/** Commands whose argument is the name of a room. */
const ROOM_COMMANDS = new Set(["/join", "/j"]);

/** Commands whose argument is the name of a person. */
const PERSON_COMMANDS = new Set(
  COMMANDS.filter(({ usage }) => / NAME\b/.test(usage) && !usage.startsWith("/nick"))
    .flatMap(({ name, aliases, foreignNames = [] }) => [name, ...aliases, ...foreignNames]),
);

/**
 * What the word before the caret may become: a command at the start, a room behind `/join`, otherwise
 * a name; at the start of a message with the colon that addresses somebody.
 */
export function complete(
  text: string,
  caret: number,
  { people, rooms }: Vocabulary,
): Completion | undefined {
  const before = text.slice(0, caret);
  const [word] = /\S*$/.exec(before)!;
  if (word === "") return undefined;
  const start = caret - word.length;
  const found = start === 0 && word.startsWith("/")
    ? commandsLike(word)
    : namesLike(word, before, start, people, rooms);
  return found.length === 0 ? undefined : { start, end: caret, suggestions: found.slice(0, MOST) };
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

function commandsLike(word: string): Suggestion[] {
  const typed = word.toLowerCase();
  return COMMANDS
    .filter(({ name, aliases }) => [name, ...aliases].some((each) => each.startsWith(typed)))
    .map(({ name, usage, summary }) => ({
      text: usage === name ? name : `${name} `,
      label: usage,
      detail: summary,
    }));
}

function namesLike(
  word: string,
  before: string,
  start: number,
  people: readonly string[],
  rooms: readonly string[],
): Suggestion[] {
  const [command = ""] = /^\/\S+(?=\s)/.exec(before)?.map((each) => each.toLowerCase()) ?? [];
  const isArgument = before.slice(0, start).trim() === command;
  if (isArgument && ROOM_COMMANDS.has(command)) return suggest(rooms, word, "", "room");
  const key = word.replace(/^@/, "");
  if (key === "") return suggest(people, "", " ", "");
  if (isArgument && PERSON_COMMANDS.has(command)) return suggest(people, key, " ", "");
  return suggest(people, key, start === 0 ? ": " : " ", "");
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
    .toSorted((one, other) => one.localeCompare(other))
    .map((name) => ({ text: name + ending, label: name, detail }));
}
