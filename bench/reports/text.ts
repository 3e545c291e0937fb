import type { Report } from "./report.ts";

/** How a report is rendered as text. */
export interface TextOptions {
  /** Use escape codes for colours. Default false. */
  readonly colours?: boolean;
  /** Width of the terminal in characters. Wider tables are made to fit. Default 80. */
  readonly columns?: number;
}

/** Width of an unknown terminal. */
const DEFAULT_COLUMNS = 80;

/** A report for a terminal: its tables and conclusions. */
export function renderText(
  { tables, lines, failures }: Report,
  { colours, columns = DEFAULT_COLUMNS }: TextOptions = {},
): string {
  const style = colours === true ? COLOURED : PLAIN;
  const closing = [
    ...lines,
    ...failures.map((failure) => style.strong("FAILED: ") + failure),
  ];
  return [
    ...tables.map(({ note, ...content }) =>
      table(content, style, columns) + (note === undefined ? "" : `\n${note}\n`)
    ),
    closing.map((line) => line + "\n").join(""),
  ].join("\n");
}

/** How text is highlighted on a terminal. */
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

/** Minimum width of a cell whose text is wrapped, in characters. */
const MIN_WIDTH = 12;

/** The contents of a table. Cells have no escape codes and no wide characters. */
export interface TableContent {
  /** Title of each column. */
  readonly head: readonly string[];
  /** The first cell of each is its name. */
  readonly rows: readonly (readonly string[])[];
  /** Titles of columns that are left out, in this order, if there is not enough space. */
  readonly expendable?: readonly string[];
}

/**
 * A table in box-drawing characters, with a line end behind every row.
 *
 * cli-table3 would replace the drawing and wrapping, about 40 lines, but not the choice of columns and
 * widths that fit, which is the rest.
 *
 * @param columns available width in characters. If leaving out columns is not enough, the cells of the
 *   widest column are wrapped.
 */
export function table(content: TableContent, style: Style, columns = Infinity): string {
  const { head, rows, widths } = fitted(content, columns);
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;
  const line = (cells: readonly string[], paint: (text: string, column: number) => string) =>
    "│" + cells.map((cell, column) =>
      ` ${paint(cell.padEnd(widths[column]!), column)} `
    ).join("│") +
    "│";
  const lines = (row: readonly string[]) => {
    const cells = row.map((cell, column) => broken(cell, widths[column]!));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, index) => cells.map((cell) => cell[index] ?? ""));
  };
  return [
    rule("┌", "┬", "┐"),
    line(head, style.head),
    ...rows.flatMap((row) => [
      rule("├", "┼", "┤"),
      ...lines(row).map((cells) =>
        line(cells, (text, column) => column === 0 ? style.strong(text) : text)
      ),
    ]),
    rule("└", "┴", "┘"),
  ].map((text) => text + "\n").join("");
}

/** The columns that fit, and their widths. */
function fitted({ head, rows, expendable = [] }: TableContent, columns: number) {
  let kept = head.map((_, column) => column);
  const widthOf = (column: number) =>
    Math.max(head[column]!.length, ...rows.map((row) => row[column]!.length));
  // A border and two blanks for each column, and the last border.
  const excess = () => kept.reduce((sum, column) => sum + widthOf(column) + 3, 1) - columns;
  for (const title of expendable) {
    if (excess() <= 0) break;
    kept = kept.filter((column) => head[column] !== title);
  }
  const widths = kept.map(widthOf);
  if (excess() > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = Math.max(widths[widest]! - excess(), MIN_WIDTH);
  }
  const cells = (row: readonly string[]) => kept.map((column) => row[column]!);
  return { head: cells(head), rows: rows.map(cells), widths };
}

/** A text in lines of a width, wrapped at blanks if there are any. */
function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(" ", width);
    const end = blank > 0 ? blank : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
