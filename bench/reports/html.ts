import type { Chart, Report, ReportTable } from "./report.ts";
import { escapeMarkup } from "./markup.ts";
import { STYLE } from "./html_style.ts";
import { svgChart } from "./svg_chart.ts";

/** What a report tells beside the figures. */
export interface HtmlContext {
  /** The exact command, as it was typed. */
  readonly command: string;
  /** When the run ended. */
  readonly date: Date;
  /** The machine and the versions, a line each. */
  readonly machine: readonly string[];
}

/** A report as one page that needs nothing else: no script, and nothing from elsewhere. */
export function renderHtml(report: Report, context: HtmlContext): string {
  const { title, charts, tables, details, lines, failures, interrupted } = report;
  const verdict = failures.length > 0 ? "failed" : interrupted ? "interrupted" : "passed";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(title)}</h1>
<p class="${verdict}">${verdict}</p>
</header>
<main>
<section>
${[...lines, ...failures].map((line) => `<p>${escapeMarkup(line)}</p>`).join("\n")}
</section>
${charts.map(figure).join("\n")}
${[...tables, ...details].map(htmlTable).join("\n")}
<section>
<h2>The run</h2>
<pre>${escapeMarkup(context.command)}</pre>
<p>${escapeMarkup(context.date.toISOString())}</p>
${context.machine.map((line) => `<p>${escapeMarkup(line)}</p>`).join("\n")}
</section>
</main>
</body>
</html>
`;
}

function figure(chart: Chart): string {
  const svg = svgChart(chart);
  if (svg === "") return "";
  const legend = chart.series.length < 2
    ? ""
    : `<p class="legend">${
      chart.series.map(({ name }, index) =>
        `<span class="line-${index}">${escapeMarkup(name)}</span>`
      ).join("")
    }</p>`;
  return `<figure><figcaption>${escapeMarkup(chart.title)}</figcaption>${legend}${svg}</figure>`;
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
