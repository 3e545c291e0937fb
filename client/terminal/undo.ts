import type { Line } from "./line_edits.ts";

/** Changes that can be undone. */
const MAX_CHANGES = 500;

/** What a line was before each change: Ctrl+_ goes back. Letters that are typed one after the other
 * are one change. */
export class Undo {
  readonly #before: Line[] = [];
  #isTyping = false;

  /** The line is changed, from what it was before. */
  changed(before: Line, isTyping: boolean): void {
    const goesOn = isTyping && this.#isTyping;
    this.#isTyping = isTyping;
    if (goesOn) return;
    this.#before.push(before);
    if (this.#before.length > MAX_CHANGES) this.#before.shift();
  }

  /** The cursor was moved: what is typed next is a change of its own. */
  pause(): void {
    this.#isTyping = false;
  }

  /** What the line was before the last change. */
  back(): Line | undefined {
    this.#isTyping = false;
    return this.#before.pop();
  }

  /** The line is another one. */
  clear(): void {
    this.#isTyping = false;
    this.#before.length = 0;
  }
}
