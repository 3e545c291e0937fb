import type { Report } from "./report.ts";
import { COLOURED, PLAIN, table } from "./table.ts";

/** How a report looks. */
export interface TextOptions {
  /** Use escape codes for colours. Default false. */
  readonly colours?: boolean;
  /** Characters in a row of the terminal. Wider tables are made to fit. Default 80. */
  readonly columns?: number;
}

/** Columns of a terminal that nothing is known about. */
const DEFAULT_COLUMNS = 80;

/** A report for a terminal: its tables, and what it comes to. */
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
