import type { Writable } from "node:stream";

/** Clears the screen right of the cursor and below it. */
const CLEAR_DOWN = "\x1b[0J";

/**
 * The same from the first column on. On {@link CLEAR_DOWN} in the corner of the screen, tmux and others
 * copy the screen to the scrollback: each drawing would leave a prompt there.
 */
const CLEAR_ROW_AND_DOWN = "\x1b[K\x1b[2G\x1b[J\x1b[G";

/**
 * A terminal's screen, as an output for `node:readline`.
 *
 * A drawing is written at once: a change of the window's size in the middle of it would leave half of it
 * on the screen.
 */
export class ScreenOutput {
  #held: string | undefined;

  /** @param output of a terminal. A `columns` property is its width. */
  constructor(private readonly output: Writable) {}

  /** Columns of the terminal in the runtime; `undefined` for a terminal without a size, which has 0. */
  get columns(): number | undefined {
    return (this.output as { columns?: number }).columns || undefined;
  }

  /** True while the terminal has not taken all output. */
  get isFull(): boolean {
    return this.output.writableNeedDrain;
  }

  /** Reads the size of the terminal: the runtime only does so at a signal, which comes late. */
  readSize(): void {
    (this.output as { _refreshSize?: () => void })._refreshSize?.();
  }

  /** Writes text, or adds it to the drawing within `together`. */
  write(text: string): boolean {
    const written = text === CLEAR_DOWN ? CLEAR_ROW_AND_DOWN : text;
    if (this.#held === undefined) this.output.write(written);
    else this.#held += written;
    return true;
  }

  /** Writes the output of the action at once. */
  together(action: () => void): void {
    if (this.#held !== undefined) return action();
    this.#held = "";
    try {
      action();
    } finally {
      const held = this.#held;
      this.#held = undefined;
      if (held !== "") this.output.write(held);
    }
  }

  /** Discards the output of the action. */
  withoutDrawing(action: () => void): void {
    const held = this.#held;
    this.#held = "";
    try {
      action();
    } finally {
      this.#held = held;
    }
  }

  /** Moves up by a number of rows, to the first column, and clears the screen from there on. */
  eraseFrom(rowsAbove: number): void {
    this.write((rowsAbove > 0 ? `\x1b[${rowsAbove}A` : "") + "\x1b[G" + CLEAR_ROW_AND_DOWN);
  }

  /** Called by `node:readline`, which gets new sizes from its adapter instead. */
  on(): this {
    return this;
  }

  /** Called by `node:readline`. */
  removeListener(): this {
    return this;
  }
}
