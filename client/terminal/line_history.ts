import type { Line } from "./line_edits.ts";

const MAX_LINES = 1000;

/** Adds an entered line to a history, unless it is blank or the newest one repeated. */
export function addEntered(history: string[], line: string): void {
  if (line.trim() === "" || line === history[0]) return;
  history.unshift(line);
  if (history.length > MAX_LINES) history.pop();
}

/** A search in the entered lines, like Ctrl+R in a shell. */
export class HistorySearch {
  #query = "";
  /** The index of the shown line; -1 for the line before the search. */
  #index = -1;
  #hasFailed = false;

  /**
   * @param history the newest line first.
   * @param start the line before the search, shown until another line is found.
   */
  constructor(private readonly history: readonly string[], readonly start: Line) {}

  get prompt(): string {
    return `(${this.#hasFailed ? "not found" : "search"}) ${this.#query}: `;
  }

  /** The line that was found last, or the one before the search. */
  get line(): Line {
    const text = this.history[this.#index];
    return text === undefined ? this.start : { text, cursor: text.indexOf(this.#query) };
  }

  /** Extends the query. */
  type(text: string): void {
    this.#query += text;
    this.#find(Math.max(0, this.#index), 1);
  }

  /** Removes the last character of the query, and searches anew. */
  erase(): void {
    this.#query = [...this.#query].slice(0, -1).join("");
    this.#index = -1;
    this.#hasFailed = false;
    if (this.#query !== "") this.#find(0, 1);
  }

  /** Goes to the next older line that contains the query. */
  older(): void {
    this.#find(this.#index + 1, 1);
  }

  /** Goes to the next newer line that contains the query. */
  newer(): void {
    this.#find(this.#index - 1, -1);
  }

  #find(from: number, step: 1 | -1): void {
    if (this.#query === "") return;
    let index = from;
    while (index >= 0 && index < this.history.length) {
      if (this.history[index]!.includes(this.#query) && !this.#isShown(index)) break;
      index += step;
    }
    this.#hasFailed = this.history[index] === undefined;
    if (!this.#hasFailed) this.#index = index;
  }

  /** Whether another line has the text of the shown one: a search skips it. */
  #isShown(index: number): boolean {
    return index !== this.#index && this.history[index] === this.history[this.#index];
  }
}

/** A walk through the entered lines, like the arrow keys in a shell. */
export class HistoryWalk {
  /** The index of the shown line; -1 for the line that is being typed. */
  #index = -1;
  /** The line that was being typed. */
  #draft: Line = { text: "", cursor: 0 };
  /** The beginning that the lines must have. */
  #beginning = "";
  #shown: string | undefined;

  /** @param history the newest line first. */
  constructor(private readonly history: readonly string[]) {}

  /** The next older line that begins with the text before the cursor. */
  older(line: Line): Line | undefined {
    if (!this.#isShown(line)) this.#begin(line, line.text.slice(0, line.cursor));
    return this.#find(line, 1);
  }

  /** The next newer one; at the end the line that was being typed. */
  newer(line: Line): Line | undefined {
    if (!this.#isShown(line)) return undefined;
    return this.#find(line, -1) ?? this.newest(line);
  }

  /** The line that was entered first. */
  first(line: Line): Line | undefined {
    if (this.history.length === 0) return undefined;
    if (!this.#isShown(line)) this.#begin(line, "");
    this.#beginning = "";
    return this.#show(this.history.length - 1);
  }

  /** The line that was being typed. */
  newest(line: Line): Line | undefined {
    if (!this.#isShown(line)) return undefined;
    this.#shown = undefined;
    return this.#draft;
  }

  #isShown({ text }: Line): boolean {
    return text === this.#shown;
  }

  #begin(line: Line, beginning: string): void {
    this.#index = -1;
    this.#draft = line;
    this.#beginning = beginning;
  }

  #find(line: Line, step: 1 | -1): Line | undefined {
    for (let index = this.#index + step; index >= 0; index += step) {
      const text = this.history[index];
      if (text === undefined) return undefined;
      if (text.startsWith(this.#beginning) && text !== line.text) return this.#show(index);
    }
    return undefined;
  }

  #show(index: number): Line {
    this.#index = index;
    const text = this.#shown = this.history[index]!;
    return { text, cursor: text.length };
  }
}

/** Keys that walk through the entered lines. */
export const WALKS: ReadonlyMap<string, (walk: HistoryWalk, line: Line) => Line | undefined> =
  new Map([
    ["up", (walk: HistoryWalk, line: Line) => walk.older(line)],
    ["ctrl+p", (walk, line) => walk.older(line)],
    ["down", (walk, line) => walk.newer(line)],
    ["ctrl+n", (walk, line) => walk.newer(line)],
    ["pageup", (walk, line) => walk.first(line)],
    ["\x1b<", (walk, line) => walk.first(line)],
    ["pagedown", (walk, line) => walk.newest(line)],
    ["\x1b>", (walk, line) => walk.newest(line)],
  ]);

/** Maximum number of changes that can be undone. */
const MAX_CHANGES = 500;

/** The states of a line before its changes, for Ctrl+_. Characters that are typed in a row are one
 * change. */
export class Undo {
  readonly #before: Line[] = [];
  #isTyping = false;

  /** Records a change, with the line before it. */
  changed(before: Line, isTyping: boolean): void {
    const goesOn = isTyping && this.#isTyping;
    this.#isTyping = isTyping;
    if (goesOn) return;
    this.#before.push(before);
    if (this.#before.length > MAX_CHANGES) this.#before.shift();
  }

  /** The cursor was moved: the next typed text is a change of its own. */
  pause(): void {
    this.#isTyping = false;
  }

  /** The line before the last change. */
  back(): Line | undefined {
    this.#isTyping = false;
    return this.#before.pop();
  }

  clear(): void {
    this.#isTyping = false;
    this.#before.length = 0;
  }
}
