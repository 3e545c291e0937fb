import { findCommand } from "../../protocol/mod.ts";
import type { Line } from "../terminal/line_edits.ts";

/** What can be completed. */
export interface Vocabulary {
  /** With their slashes. */
  readonly commands: readonly string[];
  /** Of the people in the room, the likeliest first. */
  readonly names: readonly string[];
  /** Of people in other rooms. */
  readonly elsewhere: readonly string[];
  readonly rooms: readonly string[];
  /** What a path can become of which this is the beginning. */
  paths(beginning: string): readonly string[];
}

type Choices = (vocabulary: Vocabulary) => readonly string[];

const people: Choices = ({ names, elsewhere }) => [...names, ...elsewhere];

/** The choices for the first word behind a command, by the command's main name. */
const PARAMETERS: Readonly<Record<string, Choices>> = {
  "/ban": people,
  "/bell": () => ["off", "mentions", "all"],
  "/delete": ({ rooms }) => rooms,
  "/ignore": people,
  "/join": ({ rooms }) => rooms,
  "/kick": people,
  "/mute": people,
  "/send": (vocabulary) => [...people(vocabulary), ...vocabulary.rooms],
  "/unban": people,
  "/unignore": people,
  "/unmute": people,
  "/whisper": people,
};

/** Commands of which the rest is text, so that a space follows the name. */
const WITH_TEXT: ReadonlySet<string> = new Set(["/send", "/whisper"]);

/** Everything that the word before the cursor can become, and where that word starts. */
export function completionsOf(
  before: string,
  vocabulary: Vocabulary,
): { start: number; candidates: string[] } {
  const [word = ""] = /\S*$/.exec(before)!;
  const start = before.length - word.length;
  const path = /^\/send\s+\S+\s+(.*)$/is.exec(before)?.[1];
  if (path !== undefined) {
    return { start: before.length - path.length, candidates: [...vocabulary.paths(path)] };
  }
  const [, typed] = /^(\/\S+)\s+\S*$/.exec(before) ?? [];
  const parameter = typed && (findCommand(typed)?.name ?? typed.toLowerCase());
  if (start === 0 && word.startsWith("/") && !word.startsWith("//")) {
    return { start, candidates: beginningWith(word, vocabulary.commands, " ") };
  }
  if (parameter !== undefined && PARAMETERS[parameter] !== undefined) {
    const choices = PARAMETERS[parameter](vocabulary);
    return { start, candidates: beginningWith(word, choices, WITH_TEXT.has(parameter) ? " " : "") };
  }
  if (word === "") return { start, candidates: [] };
  const at = word.startsWith("@") ? 1 : 0;
  const end = start === 0 && at === 0 ? ": " : " ";
  return {
    start: start + at,
    candidates: beginningWith(word.slice(at), vocabulary.names, end),
  };
}

function beginningWith(word: string, choices: readonly string[], end: string): string[] {
  const beginning = word.toLowerCase();
  return choices.filter((choice) => choice.toLowerCase().startsWith(beginning))
    .map((choice) => choice + end);
}

/** The Tab key: it completes the word before the cursor, and pressed again, puts the next candidate
 * in its place, or goes on where there is none, as into a folder. */
export class Completer {
  #candidates: readonly string[] = [];
  #index = 0;
  #start = 0;
  /** What the last press has made. */
  #made: Line | undefined;

  constructor(private readonly vocabulary: () => Vocabulary) {}

  /** @returns the line as it is to be; `undefined` where there is nothing to complete. */
  press(line: Line, isBack: boolean): Line | undefined {
    const isAgain = this.#candidates.length > 1 && this.#made?.text === line.text &&
      this.#made.cursor === line.cursor;
    if (isAgain) this.#index += isBack ? -1 : 1;
    else this.#begin(line, isBack);
    const { length } = this.#candidates;
    if (length === 0) return undefined;
    const candidate = this.#candidates.at(this.#index % length)!;
    const text = line.text.slice(0, this.#start) + candidate;
    // A space that is there already needs no second one.
    const after = line.text.slice(line.cursor);
    const rest = candidate.endsWith(" ") && after.startsWith(" ") ? after.slice(1) : after;
    this.#made = { text: text + rest, cursor: text.length };
    return this.#made;
  }

  #begin(line: Line, isBack: boolean): void {
    const { start, candidates } = completionsOf(
      line.text.slice(0, line.cursor),
      this.vocabulary(),
    );
    this.#start = start;
    this.#candidates = candidates;
    this.#index = isBack ? -1 : 0;
  }
}
