import type { Report } from "../report.ts";
import { COLOURED, PLAIN, table } from "../table.ts";

/** How a report looks. */
export interface TextOptions {
  /** Use escape codes for colours. Default false. */
  readonly colours?: boolean;
}

/** A report for a terminal: its tables, and what it comes to. */
export function renderText(
  { tables, lines, failures }: Report,
  { colours }: TextOptions = {},
): string {
  const style = colours === true ? COLOURED : PLAIN;
  const closing = [
    ...lines,
    ...failures.map((failure) => style.strong("FAILED: ") + failure),
  ];
  return [
    ...tables.map(({ head, rows, note }) =>
      table(head, rows, style) + (note === undefined ? "" : `\n${note}\n`)
    ),
    closing.map((line) => line + "\n").join(""),
  ].join("\n");
}
