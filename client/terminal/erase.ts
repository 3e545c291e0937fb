import { cursorTo, moveCursor } from "node:readline";
import type { Writable } from "node:stream";

/** Clears what is below the cursor, and what is right of it. */
const CLEAR_DOWN = "\x1b[0J";

/**
 * The same from the first column on. tmux and others take {@link CLEAR_DOWN} in the corner of the screen
 * for the wish to keep all of it in the scrollback: the prompt would stay there with each drawing.
 */
const CLEAR_ROW_AND_DOWN = "\x1b[K\x1b[2G\x1b[J\x1b[G";

/** Goes up so many rows, to the first column, and clears everything from there on. */
export function eraseFrom(output: Writable, rowsAbove: number): void {
  cursorTo(output, 0);
  if (rowsAbove > 0) moveCursor(output, 0, -rowsAbove);
  output.write(CLEAR_ROW_AND_DOWN);
}

/** What a line editor writes that clears from the first column on, in that way. */
export function withoutCornerClears(text: string): string {
  return text === CLEAR_DOWN ? CLEAR_ROW_AND_DOWN : text;
}
