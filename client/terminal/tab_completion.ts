import {
  complete,
  type Completion,
  type CompletionSource,
  needsSecondArgument,
} from "../core/completion.ts";
import type { Line } from "./line_edits.ts";

/** Returns the texts that may replace the word before the cursor, and where that word starts. */
export function completionsOf(
  before: string,
  source: CompletionSource,
): { start: number; candidates: string[] } {
  const completion = complete(before, source);
  if (completion === undefined) return { start: before.length, candidates: [] };
  // The sign of a mention stays in front of the name.
  const hasSign = completion.kind === "name" && before[completion.start] === "@";
  const ending = endingOf(completion, hasSign);
  return {
    start: completion.start + (hasSign ? 1 : 0),
    candidates: completion.candidates.map((candidate) => candidate + ending),
  };
}

/** The text between a candidate and the next word. */
function endingOf({ kind, start, command }: Completion, hasSign: boolean): string {
  switch (kind) {
    case "command":
      return " ";
    case "argument":
      return command === "/send" || needsSecondArgument(command) ? " " : "";
    case "name":
      return start === 0 && !hasSign ? ": " : " ";
    case "path":
      return "";
  }
}

/**
 * The Tab key: completes the word before the cursor. Pressed again, it replaces the candidate by the
 * next one, or, if it was the only one, completes what follows it, as inside a folder.
 */
export class TabCompletion {
  #candidates: readonly string[] = [];
  #index = 0;
  #start = 0;
  /** The result of the last press. */
  #completed: Line | undefined;

  constructor(private readonly source: () => CompletionSource) {}

  /** @returns the new line; `undefined` if there is nothing to complete. */
  press(line: Line, isBack: boolean): Line | undefined {
    const isAgain = this.#candidates.length > 1 && this.#completed?.text === line.text &&
      this.#completed.cursor === line.cursor;
    if (isAgain) this.#index += isBack ? -1 : 1;
    else this.#begin(line, isBack);
    const { length } = this.#candidates;
    if (length === 0) return undefined;
    const candidate = this.#candidates.at(this.#index % length)!;
    const text = line.text.slice(0, this.#start) + candidate;
    // No second space where one follows already.
    const after = line.text.slice(line.cursor);
    const rest = candidate.endsWith(" ") && after.startsWith(" ") ? after.slice(1) : after;
    this.#completed = { text: text + rest, cursor: text.length };
    return this.#completed;
  }

  #begin(line: Line, isBack: boolean): void {
    const { start, candidates } = completionsOf(line.text.slice(0, line.cursor), this.source());
    this.#start = start;
    this.#candidates = candidates;
    this.#index = isBack ? -1 : 0;
  }
}
