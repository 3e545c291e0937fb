import { EventEmitter } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { ScreenOutput } from "./screen_output.ts";

/** Node's name of the method that measures a text, as a string and as the description of a symbol. */
const POSITION_METHOD = "_getDisplayPos";

/** A line editor of `node:readline`, with the parts that its types do not have. */
export interface Readline extends Interface {
  /** Rows between the top of the input and the cursor, as drawn last. */
  prevRows: number;
  line: string;
  cursor: number;
  /** Where the cursor is behind a text that starts in the first column. */
  [POSITION_METHOD](text: string): Position;
}

/**
 * Opens a line editor: the adapter of `node:readline`, and the only place that relies on its internals.
 * It reads no keys itself, they come by `write`, and it measures lines fast.
 *
 * @param setRawMode sets the mode of the terminal.
 */
export function openReadline(
  screen: ScreenOutput,
  setRawMode: (isRaw: boolean) => void,
): Readline {
  const input = Object.assign(new EventEmitter(), { setRawMode, pause() {}, resume() {} });
  // Of both streams node uses only the members that these two have; its types ask for whole streams.
  const readline = createInterface({
    input: input as unknown as Readable,
    output: screen as unknown as Writable,
    terminal: true,
    prompt: "",
    // With a history, Node 26 returns the lines of an entered text in reverse order.
    historySize: 0,
  }) as Readline;
  measureFast(readline, screen);
  return readline;
}

/** Replaces the slow method of node's editor, under both of its names. */
function measureFast(readline: Readline, screen: ScreenOutput): void {
  const original = readline[POSITION_METHOD];
  // The method reads these two properties of the editor and no others.
  const endless = { columns: Infinity, tabSize: 8 } as unknown as Readline;
  const positions = new DisplayPosition((character) => original.call(endless, character).cols);
  const value = (text: string) =>
    // deno-lint-ignore no-control-regex -- escape sequences take no room
    /[\x1b\t]/.test(text)
      ? original.call(readline, text)
      : positions.of(text, screen.columns ?? Infinity);
  for (const name of [POSITION_METHOD, ...positionSymbols(readline)]) {
    Object.defineProperty(readline, name, { value });
  }
}

function positionSymbols(readline: Readline): symbol[] {
  const found = new Set<symbol>();
  for (let owner: object = readline; owner !== null; owner = Object.getPrototypeOf(owner)) {
    for (const symbol of Object.getOwnPropertySymbols(owner)) {
      if (symbol.description === POSITION_METHOD) found.add(symbol);
    }
  }
  return [...found];
}

/** Maximum number of characters whose widths are cached. */
const MAX_REMEMBERED = 4096;

const PLAIN = /^[\x20-\x7e]*$/;

/** The position of the cursor behind a text, from 0. */
export interface Position {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Measures the position of the cursor behind a text that starts in the first column.
 *
 * A line editor calls this several times for each key. The method of `node:readline` takes a microsecond
 * per character, which adds up to seconds for a line of ten thousand. This one caches the widths.
 */
export class DisplayPosition {
  readonly #widths = new Map<string, number>();

  /** @param widthOf columns that a character takes: 0, 1 or 2. */
  constructor(private readonly widthOf: (character: string) => number) {}

  /** @param text without escape sequences and tabs. */
  of(text: string, columns: number): Position {
    let rows = 0;
    let offset = 0;
    const lines = text.split("\n");
    for (const [index, line] of lines.entries()) {
      offset = PLAIN.test(line) ? line.length : this.#widthOfLine(line, columns);
      if (index < lines.length - 1) rows += Math.ceil(offset / columns) || 1;
    }
    const cols = offset % columns;
    return { rows: rows + (offset - cols) / columns, cols };
  }

  #widthOfLine(line: string, columns: number): number {
    let offset = 0;
    for (const character of line) {
      const width = character >= " " && character <= "~" ? 1 : this.#width(character);
      // A wide character does not fit into the last column: it goes to the next row.
      if (width === 2 && (offset + 1) % columns === 0) offset++;
      offset += width;
    }
    return offset;
  }

  #width(character: string): number {
    let width = this.#widths.get(character);
    if (width === undefined) {
      if (this.#widths.size >= MAX_REMEMBERED) this.#widths.clear();
      this.#widths.set(character, width = this.widthOf(character));
    }
    return width;
  }
}
