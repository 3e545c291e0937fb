import { bytes, compact } from "../format.ts";
import type { LatencyPoint } from "../latency_histogram.ts";
import { reportTables, summaryLines } from "../report_text.ts";
import type { ReportTable } from "../report_text.ts";
import type { BenchmarkResult } from "../result.ts";
import { escapeMarkup } from "./markup.ts";
import { STYLE } from "./html_style.ts";
import { type Chart, svgChart } from "./svg_chart.ts";

/** What a report tells beside the figures. */
export interface HtmlContext {
  /** The exact command, as it was typed. */
  readonly command: string;
  /** When the run ended. */
  readonly date: Date;
  /** The machine and the versions, a line each. */
  readonly machine: readonly string[];
}

/** Marks below a chart over time, about. */
const TIME_MARKS = 8;

/** A run as one page that needs nothing else: no script, and nothing from elsewhere. */
export function renderHtml(result: BenchmarkResult, context: HtmlContext): string {
  const { target: { host, port }, scenario } = result;
  const title = `${scenario} @ ${host.includes(":") ? `[${host}]` : host}:${port}`;
  const verdict = result.failures.length === 0 ? "passed" : "failed";
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
${
    [...summaryLines(result), ...result.failures].map((line) => `<p>${escapeMarkup(line)}</p>`)
      .join("\n")
  }
</section>
${chartsOf(result).map(figure).join("\n")}
${[...reportTables(result), ledgerTable(result)].map(htmlTable).join("\n")}
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

function chartsOf(result: BenchmarkResult): Chart[] {
  const { series, server } = result;
  const overTime = (title: string, lines: Chart["series"], format: Chart["format"]): Chart => ({
    title,
    positions: series.map(({ second }) => second),
    marks: timeMarks(series.map(({ second }) => second)),
    series: lines,
    format,
  });
  const charts = [
    percentileChart(result.latencyPercentiles),
    overTime("Latency over time", [
      { name: "50%", values: series.map(({ p50 }) => p50) },
      { name: "99%", values: series.map(({ p99 }) => p99) },
    ], milliseconds),
    overTime("Deliveries a second", [
      { name: "deliveries", values: series.map(({ deliveriesPerSecond }) => deliveriesPerSecond) },
    ], compact),
  ];
  if (server === null) return charts;
  const positions = server.map(({ second }) => second);
  const ofServer = (
    title: string,
    field: Exclude<keyof typeof server[number], "second">,
    format: Chart["format"],
  ): Chart => ({
    title,
    positions,
    marks: timeMarks(positions),
    series: [{ name: title, values: server.map((state) => state[field]) }],
    format,
  });
  return [
    ...charts,
    ofServer("Server: resident memory", "residentBytes", bytes),
    ofServer("Server: CPU, of one core", "cpuPercent", (value) => `${value}%`),
    ofServer("Server: open descriptors", "descriptors", compact),
    ofServer("Server: accept queue", "acceptQueue", compact),
  ];
}

/** Latency over percentile, with the rare ones as wide as the frequent ones: each mark is ten times
 * rarer than the one before. */
function percentileChart(points: readonly LatencyPoint[]): Chart {
  const shown = points.filter(({ percent }) => percent < 100);
  const rareness = (percent: number) => -Math.log10(1 - percent / 100);
  const last = shown.at(-1)?.percent ?? 0;
  return {
    title: "Latency by percentile",
    positions: shown.map(({ percent }) => rareness(percent)),
    marks: [0, 90, 99, 99.9, 99.99, 99.999].filter((percent) => percent <= last)
      .map((percent) => [rareness(percent), `${percent}%`] as const),
    series: [{ name: "latency", values: shown.map(({ microseconds }) => microseconds) }],
    format: milliseconds,
  };
}

function milliseconds(microseconds: number): string {
  return `${Number((microseconds / 1000).toPrecision(3))} ms`;
}

function timeMarks(seconds: readonly number[]): [number, string][] {
  const every = Math.max(Math.ceil(seconds.length / TIME_MARKS), 1);
  return seconds.filter((_, index) => (index + 1) % every === 0)
    .map((second) => [second, `${Math.round(second * 10) / 10} s`]);
}

function ledgerTable({ deliveries, messages }: BenchmarkResult): ReportTable {
  const { expected, received, lost, duplicated, reordered, misdelivered } = deliveries;
  return {
    head: [
      "Ledger",
      "Messages",
      "Expected",
      "Received",
      "Lost",
      "Duplicated",
      "Reordered",
      "Misdelivered",
    ],
    rows: [[
      "Count",
      ...[messages, expected, received, lost, duplicated, reordered, misdelivered].map(String),
    ]],
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
