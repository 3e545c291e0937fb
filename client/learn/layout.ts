/**
 * Blocks of a lesson as lines of a terminal.
 *
 * @module
 */

import type { Block, StepBlock } from "./lesson_book.ts";

/** Ways to set off a part of a text. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly code: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

const SGR_END = "\x1b[0m";
const sgr = (code: number) => (text: string) => text === "" ? "" : `\x1b[${code}m${text}${SGR_END}`;

/** The style of a terminal with colours: those of its own palette, which its user has chosen. */
export const COLORED: Style = {
  strong: sgr(1),
  code: sgr(36),
  faint: sgr(2),
  good: sgr(32),
  bad: sgr(31),
};

const unchanged = (text: string) => text;

/** The style of a terminal or a file without colours. */
export const PLAIN_STYLE: Style = {
  strong: unchanged,
  code: unchanged,
  faint: unchanged,
  good: unchanged,
  bad: unchanged,
};

/** How blocks are laid out. */
export interface LayoutOptions {
  /** Columns of the terminal. */
  readonly columns: number;
  readonly style: Style;
}

/** Longer lines of prose are hard to read. */
const MAX_PROSE_COLUMNS = 80;

/** Narrower terminals get the lines of this width, and wrap them. */
const MIN_PROSE_COLUMNS = 20;

const INDENT = "  ";
const CODE_INDENT = "      ";

/** Lays out blocks, with a blank line before each. */
export function layOut(blocks: readonly Block[], options: LayoutOptions): string[] {
  return blocks.flatMap((block, index) => [
    "",
    ...(block.kind === "step" && !isLabelled(block, blocks[index - 1])
      ? label(block, options)
      : []),
    ...layOutBlock(block, options),
  ]);
}

/** Whether the paragraph before a step names its terminal. */
function isLabelled({ terminal }: StepBlock, before: Block | undefined): boolean {
  return before?.kind === "paragraph" && before.text.endsWith(":") &&
    new RegExp(`terminal ${terminal}\\b`, "i").test(before.text);
}

function layOutBlock(block: Block, options: LayoutOptions): string[] {
  switch (block.kind) {
    case "paragraph":
      return wrap(block.text, options);
    case "list":
      return block.items.flatMap((item) => wrap(item, options, "- "));
    case "table":
      return table(block.rows, options);
    case "drawing":
      return drawing(block.lines, options);
    case "step":
      return step(block, options.style);
  }
}

const LABELS: Readonly<Record<StepBlock["action"], string>> = {
  runs: "type",
  types: "type into the program",
  presses: "press",
  shows: "shows",
};

function label({ action, terminal }: StepBlock, { style }: LayoutOptions): string[] {
  const text = action === "shows"
    ? style.faint(`Terminal ${terminal} shows:`)
    : style.strong(`Terminal ${terminal}, ${LABELS[action]}:`);
  return [INDENT + text, ""];
}

/** Commands are not wrapped, so that they can be copied. */
function step({ action, lines }: StepBlock, style: Style): string[] {
  const paint = action === "shows" ? style.faint : style.code;
  return lines.map((line) => CODE_INDENT + paint(line));
}

/** A drawing cannot be wrapped: it is indented as far as there is room, or left out. */
function drawing(lines: readonly string[], { columns, style }: LayoutOptions): string[] {
  const width = Math.max(...lines.map(visibleWidth));
  if (width > columns) {
    return wrap(`(A drawing is left out: it is ${width} columns wide.)`, { columns, style });
  }
  const indent = INDENT.slice(0, columns - width);
  return lines.map((line) => (indent + style.faint(line)).trimEnd());
}

function table(rows: readonly (readonly string[])[], options: LayoutOptions): string[] {
  const { columns, style } = options;
  const cells = rows.map((row) => row.map((cell) => inline(cell, style)));
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => visibleWidth(row[column] ?? "")))
  );
  const gap = 2;
  const needed = INDENT.length + widths.reduce((sum, width) => sum + width + gap, -gap);
  if (needed <= columns) {
    return cells.map((row) =>
      INDENT +
      row.map((cell, column) => cell + " ".repeat(widths[column]! - visibleWidth(cell) + gap)).join(
        "",
      ).trimEnd()
    );
  }
  return rows.slice(1).flatMap(([first = "", ...others]) =>
    wrap(`${first}: ${others.join("; ")}`, options, "- ")
  );
}

/**
 * Wraps a text with marks of Markdown.
 *
 * @param bullet stands before the first line; the others are indented as far.
 */
export function wrap(
  text: string,
  { columns, style }: LayoutOptions,
  bullet = "",
): string[] {
  const width = Math.max(MIN_PROSE_COLUMNS, Math.min(columns, MAX_PROSE_COLUMNS)) -
    INDENT.length - bullet.length;
  const lines: string[] = [];
  let line = "";
  for (const word of inline(text, style).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && visibleWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((each, index) =>
    INDENT + (index === 0 ? bullet : " ".repeat(bullet.length)) + each
  );
}

/** Replaces the marks of Markdown. Without colours, code keeps its marks: they delimit it. */
function inline(text: string, style: Style): string {
  return text.split(/(`[^`]+`)/).map((part) => {
    if (part.startsWith("`") && part.length > 1) {
      return style === PLAIN_STYLE ? part : style.code(part.slice(1, -1));
    }
    return part
      .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
      .replace(/\*\*([^*]+)\*\*/g, (_, strong: string) => style.strong(strong))
      .replace(/(?<![\w])_([^_]+)_(?![\w])/g, (_, strong: string) => style.strong(strong));
  }).join("");
}

/** Columns of a text without its control sequences. All characters of the lessons are one column wide. */
export function visibleWidth(text: string): number {
  // deno-lint-ignore no-control-regex -- colours take no room
  return [...text.replace(/\x1b\[\d*m/g, "")].length;
}
