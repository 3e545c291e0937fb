import { escapeMarkup } from "../../bench/reports/svg_chart.ts";
import type { TextRun } from "./screen.ts";

/** Size of a character, and of its font, in pixels. */
const CELL = { width: 8, height: 16, font: 13.3 };
const PADDING = 14;
const TITLE_BAR = 30;
const COLORS = { background: "#16191d", bar: "#2a3038", text: "#dde3ea", title: "#adbac7" };

/** What a picture of a terminal shows. */
export interface TerminalPicture {
  /** In the bar above, and for screen readers. */
  readonly title: string;
  /** The runs of each row, from `parseScreen`. */
  readonly rows: readonly (readonly TextRun[])[];
  readonly columns: number;
  /** Height in rows, more if there are more rows. */
  readonly lines: number;
}

/**
 * A screen of a terminal as SVG text. The reader's own fixed-width font is used, and the width of each
 * run is fixed, so that columns stay below each other in any font.
 */
export function terminalSvg({ title, rows, columns, lines: least }: TerminalPicture): string {
  const width = columns * CELL.width + 2 * PADDING;
  const height = TITLE_BAR + Math.max(rows.length, least) * CELL.height + 2 * PADDING;
  const lines = rows.flatMap((runs, row) => {
    const top = TITLE_BAR + PADDING + row * CELL.height;
    return runs.map((run) => runSvg(run, top));
  });
  const dots = [20, 38, 56].map((x) => `<circle cx="${x}" cy="15" r="5"/>`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" role="img" aria-label="${escapeMarkup(title)}">` +
    `<style>text{white-space:pre;font:${CELL.font}px ui-monospace,"DejaVu Sans Mono",Menlo,` +
    `Consolas,monospace}</style>` +
    `<rect width="${width}" height="${height}" rx="9" fill="${COLORS.background}"/>` +
    `<path d="M0 ${TITLE_BAR}V9a9 9 0 0 1 9-9H${width - 9}a9 9 0 0 1 9 9V${TITLE_BAR}z" ` +
    `fill="${COLORS.bar}"/><g fill="#566070">${dots}</g>` +
    `<text x="${width / 2}" y="19.500" text-anchor="middle" fill="${COLORS.title}">` +
    `${escapeMarkup(title)}</text><g fill="${COLORS.text}">${lines.join("\n")}</g></svg>\n`;
}

function runSvg(run: TextRun, top: number): string {
  const length = [...run.text].length * CELL.width;
  const x = PADDING + run.column * CELL.width;
  const [color, background] = run.isReversed
    ? [run.background ?? COLORS.background, run.color ?? COLORS.text]
    : [run.color, run.background];
  const box = background === undefined
    ? ""
    : `<rect x="${x}" y="${top}" width="${length}" height="${CELL.height}" fill="${background}"/>`;
  if (run.text.trim() === "") return box;
  const style = [
    ...color === undefined ? [] : [`fill="${color}"`],
    ...run.isBold ? [`font-weight="bold"`] : [],
    ...run.isDim ? [`opacity=".65"`] : [],
    ...run.isUnderlined ? [`text-decoration="underline"`] : [],
  ];
  return box +
    `<text ${[`x="${x}"`, `y="${top + 12}"`, `textLength="${length}"`, ...style].join(" ")}>${
      escapeMarkup(run.text)
    }</text>`;
}
