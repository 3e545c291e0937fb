/** How a piece of text is set off on a terminal. */
export interface Style {
  readonly head: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** No escape codes. */
export const PLAIN: Style = { head: (text) => text, strong: (text) => text };

/** Colours and bold type by SGR escape codes. */
export const COLOURED: Style = {
  head: (text) => `\x1b[36m${text}\x1b[39m`,
  strong: (text) => `\x1b[1m${text}\x1b[22m`,
};

/**
 * A table in box drawing characters, with a line end behind every row.
 *
 * @param rows the first cell of each is its name. Cells hold no escape codes and no wide characters.
 */
export function table(head: readonly string[], rows: readonly string[][], style: Style): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;
  const line = (cells: readonly string[], paint: (text: string, column: number) => string) =>
    "│" + cells.map((cell, column) =>
      ` ${paint(cell.padEnd(widths[column]!), column)} `
    ).join("│") +
    "│";
  return [
    rule("┌", "┬", "┐"),
    line(head, style.head),
    ...rows.flatMap((row) => [
      rule("├", "┼", "┤"),
      line(row, (text, column) => column === 0 ? style.strong(text) : text),
    ]),
    rule("└", "┴", "┘"),
  ].map((text) => text + "\n").join("");
}
