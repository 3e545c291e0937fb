import type { Line } from "./line_edits.ts";

/** A search in the lines that were entered, as Ctrl+R begins one in a shell. */
export class HistorySearch {
  #query = "";
  /** Of the line that is shown. */
  #index = -1;
  #hasFailed = false;

  /**
   * @param history the newest line first.
   * @param start the line before the search; it is shown until something is found.
   */
  constructor(private readonly history: readonly string[], readonly start: Line) {}

  /** What stands in front of the line. */
  get prompt(): string {
    return `(${this.#hasFailed ? "not found" : "search"}) ${this.#query}: `;
  }

  /** The line that was found last. */
  get line(): Line {
    const text = this.history[this.#index];
    return text === undefined ? this.start : { text, cursor: text.indexOf(this.#query) };
  }

  /** Adds to what is looked for. */
  type(text: string): void {
    this.#query += text;
    this.#find(Math.max(0, this.#index), 1);
  }

  /** Takes the last character away from it, and begins anew. */
  erase(): void {
    this.#query = [...this.#query].slice(0, -1).join("");
    this.#index = -1;
    this.#hasFailed = false;
    if (this.#query !== "") this.#find(0, 1);
  }

  /** Goes to the next older line that has it. */
  older(): void {
    this.#find(this.#index + 1, 1);
  }

  /** Goes back to the next newer line that has it. */
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

  /** The same line again is no news, but the line that is shown may go on to match. */
  #isShown(index: number): boolean {
    return index !== this.#index && this.history[index] === this.history[this.#index];
  }
}
