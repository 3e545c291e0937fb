import type { Line } from "./line_edits.ts";

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

  /** The prompt during the search. */
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
