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
