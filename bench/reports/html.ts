import { createHash } from "node:crypto";
import { chartFigure } from "./chart_figure.ts";
import { STYLE } from "./html_style.ts";
import { PAGE_SCRIPT } from "./page_script.ts";
import type { Report, ReportTable, Tile } from "./report.ts";
import { escapeMarkup } from "./svg_chart.ts";

/** The parts of a page besides the report. */
export interface HtmlContext {
  /** The exact command, as it was typed. */
  readonly command: string;
  /** When the run ended. */
  readonly date: Date;
  /** The machine and the versions, a line each. */
  readonly machine: readonly string[];
}

/** The page runs this script and no other, and asks for nothing. */
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; " +
  "style-src 'unsafe-inline'; script-src 'sha256-" +
  `${createHash("sha256").update(PAGE_SCRIPT).digest("base64")}'`;

/**
 * A report as one page that needs nothing else. Everything is shown without its script, which adds the
 * figures beside the pointer, and zooming.
 */
export function renderHtml(report: Report, context: HtmlContext): string {
  const { title, charts, tables, details, lines, failures } = report;
  const tiles = [...report.tiles, ...report.hasNoVerdict ? [] : [verdictTile(report)]];
  const summaries = tables.filter(({ isSummary }) => isSummary);
  const others = [...tables.filter(({ isSummary }) => !isSummary), ...details];
  const date = context.date.toISOString();
  const figures = charts.map(chartFigure).filter((figure) => figure !== "").join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(title)}</h1>
<p><time datetime="${date}">${date.slice(0, 16).replace("T", " ")} UTC</time></p>
</header>
<main>
<dl class="tiles">${tiles.map(tileHtml).join("\n")}</dl>
<section>
${
    [
      ...failures.map((line) => `<p class="fault">${escapeMarkup(line)}</p>`),
      ...lines.map((line) => `<p>${escapeMarkup(line)}</p>`),
    ].join("\n")
  }
</section>
${summaries.map(htmlTable).join("\n")}
${figures}
${others.map(htmlTable).join("\n")}
<section>
<h2>${report.hasNoVerdict ? "This page" : "The run"}</h2>
<pre>${escapeMarkup(context.command)}</pre>
${context.machine.map((line) => `<p>${escapeMarkup(line)}</p>`).join("\n")}
</section>
</main>
${figures === "" ? "" : `<script>${PAGE_SCRIPT}</script>\n`}</body>
</html>
`;
}

function tileHtml({ name, value, note, isFault = false, isPassed = false }: HtmlTile): string {
  const kind = isFault ? ' class="fault"' : isPassed ? ' class="passed"' : "";
  return `<div><dt>${escapeMarkup(name)}</dt><dd${kind}>${escapeMarkup(value)}` +
    `${note === undefined ? "" : `<span>${escapeMarkup(note)}</span>`}</dd></div>`;
}

/** A tile, which may be good news. */
interface HtmlTile extends Tile {
  readonly isPassed?: boolean;
}

/** Whether it passed, and what limited it. */
function verdictTile({ failures, interrupted, limitedBy }: Report): HtmlTile {
  const isFault = failures.length > 0;
  const isPassed = !isFault && !interrupted;
  return {
    name: "Verdict",
    value: isFault ? "failed" : interrupted ? "interrupted" : "passed",
    ...limitedBy === undefined ? undefined : { note: `limited by: ${limitedBy}` },
    ...{ isFault, isPassed },
  };
}

function htmlTable({ head, rows, note }: ReportTable): string {
  const cells = ([name = "", ...values]: readonly string[], tag: "th" | "td") =>
    `<tr><th scope="${tag === "th" ? "col" : "row"}">${escapeMarkup(name)}</th>${
      values.map((value) =>
        `<${tag}${tag === "th" ? ' scope="col"' : ""}>${escapeMarkup(value)}</${tag}>`
      ).join("")
    }</tr>`;
  return `<section class="scrolls" tabindex="0"><table><thead>${cells(head, "th")}</thead><tbody>${
    rows.map((row) => cells(row, "td")).join("")
  }</tbody></table>${note === undefined ? "" : `<p>${escapeMarkup(note)}</p>`}</section>`;
}
