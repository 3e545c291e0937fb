import type { Line } from "./line_edits.ts";

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

  /** Forgets all changes, for a new line. */
  clear(): void {
    this.#isTyping = false;
    this.#before.length = 0;
  }
}
