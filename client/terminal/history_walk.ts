import type { Line } from "./line_edits.ts";

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
