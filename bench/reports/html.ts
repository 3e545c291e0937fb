import type { Chart, Report, ReportTable } from "./report.ts";
import { escapeMarkup, svgChart } from "./svg_chart.ts";

/** The parts of a page besides the report. */
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

/** The looks of a report page: light or dark as the reader's system is, and fit to be printed. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1c2128; --paper: #fff; --soft: #59636e; --rule: #d9dee4;
  --line-0: #2554c7; --line-1: #b3261e; --good: #1a6e34; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171c; --soft: #9da7b3;
  --rule: #333b45; --line-0: #8fa8ff; --line-1: #ff9d94; --good: #6fd08c; --bad: #ff9d94; } }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; align-items: baseline; gap: 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; }
header p { margin: 0; font-weight: 600; }
.passed { color: var(--good); }
.failed { color: var(--bad); }
.interrupted { color: var(--soft); }
section p { margin: 0.25rem 0; }
figure { margin: 2rem 0; }
figcaption { font-weight: 600; }
svg { width: 100%; height: auto; }
.grid { stroke: var(--rule); stroke-width: 1; }
.axis { fill: var(--soft); font-size: 11px; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.line-0 { stroke: var(--line-0); }
.line.line-1 { stroke: var(--line-1); }
.legend { margin: 0; display: flex; gap: 1rem; font-size: 0.875rem; }
.legend .line-0 { color: var(--line-0); }
.legend .line-1 { color: var(--line-1); }
.scrolls { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { white-space: nowrap; padding: 0.35rem 0.75rem; text-align: right; border-bottom: 1px solid var(--rule); }
th:first-child { text-align: left; }
thead th { color: var(--soft); font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
`;
