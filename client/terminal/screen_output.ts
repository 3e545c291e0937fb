import type { Writable } from "node:stream";

/** Clears what is right of the cursor and below it. */
const CLEAR_DOWN = "\x1b[0J";

/**
 * The same from the first column on. tmux and others take {@link CLEAR_DOWN} in the corner of the screen
 * for the wish to keep all of it in the scrollback: the prompt would stay there with each drawing.
 */
const CLEAR_ROW_AND_DOWN = "\x1b[K\x1b[2G\x1b[J\x1b[G";

/**
 * A terminal's screen, as `node:readline` wants its output.
 *
 * What belongs together is written at once: a window whose size changes in the middle of a drawing is
 * left with half of it.
 */
export class ScreenOutput {
  #held: string | undefined;

  /** @param output of a terminal. A `columns` property is its width. */
  constructor(private readonly output: Writable) {}

  /** Columns of the terminal, as the runtime knows them; a terminal without a size tells 0. */
  get columns(): number | undefined {
    return (this.output as { columns?: number }).columns || undefined;
  }

  /** True while the terminal has not taken what was written. */
  get isFull(): boolean {
    return this.output.writableNeedDrain;
  }

  /** Reads the size of the terminal: the runtime does so only when a signal has come, and then it is
   * late. */
  readSize(): void {
    (this.output as { _refreshSize?: () => void })._refreshSize?.();
  }

  /** Writes text, as a part of what is drawn together where that has begun. */
  write(text: string): boolean {
    const written = text === CLEAR_DOWN ? CLEAR_ROW_AND_DOWN : text;
    if (this.#held === undefined) this.output.write(written);
    else this.#held += written;
    return true;
  }

  /** Writes all that the action writes at once. */
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

  /** Writes nothing of what the action writes. */
  withoutDrawing(action: () => void): void {
    const held = this.#held;
    this.#held = "";
    try {
      action();
    } finally {
      this.#held = held;
    }
  }

  /** Goes up so many rows, to the first column, and clears everything from there on. */
  eraseFrom(rowsAbove: number): void {
    this.write((rowsAbove > 0 ? `\x1b[${rowsAbove}A` : "") + "\x1b[G" + CLEAR_ROW_AND_DOWN);
  }

  /** Called by `node:readline`; it is told of a new size by its own adapter. */
  on(): this {
    return this;
  }

  /** Called by `node:readline`. */
  removeListener(): this {
    return this;
  }
}
