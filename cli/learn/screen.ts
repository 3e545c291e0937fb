import { type LayoutOptions, type Style, wrap } from "../../client/learn/layout.ts";

/** An output that may be a terminal. */
export interface ScreenOutput {
  write(text: string): unknown;
  /** Columns of a terminal; 0 or absent if unknown. */
  readonly columns?: number;
}

const DEFAULT_COLUMNS = 80;

const INDENT = "  ";

/** Erases the status and the blank line above it, and returns there. */
const ERASE_STATUS = "\r\x1b[2K\x1b[1A";

/**
 * The learner's terminal: text that scrolls, and below it a line that shows what is waited for.
 *
 * A terminal that cannot erase a row gets that line as ordinary text instead.
 */
export class LessonScreen {
  #status = "";

  /** @param canErase false for terminals without control sequences. */
  constructor(
    private readonly output: ScreenOutput,
    readonly style: Style,
    private readonly canErase: boolean,
  ) {}

  get layout(): LayoutOptions {
    return { columns: this.output.columns || DEFAULT_COLUMNS, style: this.style };
  }

  /** Prints lines above the status. */
  print(...lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join("");
    if (this.#status === "" || !this.canErase) this.output.write(text);
    else this.output.write(ERASE_STATUS + text + this.#drawnStatus());
  }

  /** Prints a sentence, wrapped, with a blank line before it. */
  remark(text: string, paint?: keyof Style): void {
    const lines = wrap(text, this.layout);
    this.print("", ...(paint === undefined ? lines : lines.map(this.style[paint])));
  }

  /**
   * Shows what is waited for.
   *
   * @param what empty for nothing. On a narrow terminal it is cut.
   * @param keys those that can be pressed, such as `s: skip · q: leave`; on a narrow one `s q`, or none.
   */
  status(what: string, keys = ""): void {
    const text = what === "" ? "" : this.#fitted(what, keys);
    if (text === this.#status) return;
    const erased = this.#status !== "" && this.canErase ? ERASE_STATUS : "";
    this.#status = text;
    if (text === "") this.output.write(erased);
    else if (this.canErase) this.output.write(erased + this.#drawnStatus());
    else this.output.write(`\n${text}\n`);
  }

  /** One row if it has to be erased: a status that wraps could not be. */
  #fitted(what: string, keys: string): string {
    const ending = (keys: string) => keys === "" ? "" : ` · ${keys}`;
    if (!this.canErase) return INDENT + what + ending(keys);
    const room = this.layout.columns - 1 - INDENT.length;
    // What is waited for matters more than the keys, which the introduction names.
    const ends = [keys, keys.replace(/: [^·]*( ·|$)/g, ""), ""].map(ending);
    const end = ends.find(({ length }) => what.length + length <= room) ?? ends[1]!;
    const head = what.length + end.length > room
      ? `${what.slice(0, Math.max(0, room - end.length - 1))}…`
      : what;
    return (INDENT + head + end).slice(0, this.layout.columns - 1);
  }

  #drawnStatus(): string {
    return `\n${this.style.faint(this.#status)}`;
  }
}
