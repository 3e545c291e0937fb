import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { renderReport, trafficReport } from "../../../bench/reports/traffic_report.ts";
import { csvText, renderCsv } from "../../../bench/reports/csv.ts";
import { renderHtml } from "../../../bench/reports/html.ts";
import { chartFigure } from "../../../bench/reports/chart_figure.ts";
import type { Chart } from "../../../bench/reports/report.ts";
import { STYLE } from "../../../bench/reports/html_style.ts";
import { LINE_COLORS, svgChart } from "../../../bench/reports/svg_chart.ts";
import { PASSED } from "../sample_result.ts";

const CONTEXT = {
  command: "hubbub bench broadcast --message '<script>alert(1)</script>'",
  date: new Date(0),
  machine: ["a machine & its versions"],
};

const WATCHED = {
  ...PASSED,
  server: [
    {
      second: 0,
      residentBytes: 1e6,
      cpuPercent: null,
      busiestThreadPercent: null,
      descriptors: 30,
      acceptQueue: 0,
    },
    {
      second: 1.02,
      residentBytes: 2e6,
      cpuPercent: 90,
      busiestThreadPercent: 90,
      descriptors: 158,
      acceptQueue: 4,
    },
  ],
};

Deno.test("csv: a row a second, with the server's side where it was watched", () => {
  assertEquals(
    renderCsv([PASSED]),
    "second,deliveries_per_second,bytes_per_second,sent,offered_per_second,lost,errors," +
      "p50_microseconds,p99_microseconds\r\n" +
      "1,900,9000,7,,1,2,300,900\r\n2,1100,11000,7,,1,2,,\r\n",
  );
  const [head, first, second] = renderCsv([WATCHED]).split("\r\n");
  assertStringIncludes(head!, ",server_resident_bytes,server_cpu_percent,server_descriptors,");
  assertEquals(first, "1,900,9000,7,,1,2,300,900,2000000,90,158,4");
  assertEquals(second, "2,1100,11000,7,,1,2,,,2000000,90,158,4");
});

Deno.test("csv: of many runs each has its number, of two servers their addresses", () => {
  const lines = (text: string) => text.trimEnd().split("\r\n");
  const runs = lines(renderCsv([PASSED, WATCHED]));
  assertEquals(runs.map((line) => line.split(",")[0]), ["run", "1", "1", "2", "2"]);
  assertEquals(new Set(runs.map((line) => line.split(",").length)).size, 1, "as many cells");
  const other = { ...PASSED, target: { host: "::1", port: 9 } };
  const versus = lines(renderCsv([PASSED], [other]));
  assertEquals(versus.map((line) => line.split(",").slice(0, 2)), [
    ["run", "target"],
    ...[["1", "127.0.0.1:8080"], ["1", "127.0.0.1:8080"]],
    ...[["1", "[::1]:9"], ["1", "[::1]:9"]],
  ]);
});

Deno.test("text: the server's table", () => {
  const text = renderReport(WATCHED);
  assertStringIncludes(text, "Resident memory");
  assertStringIncludes(text, "158");
});

Deno.test("html: the figures of the text report, one script, and nothing that is fetched", () => {
  const page = renderHtml(trafficReport(WATCHED), CONTEXT);
  const cells = renderReport(WATCHED).split("\n")
    .filter((line) => line.startsWith("│"))
    .flatMap((line) => line.split("│").map((cell) => cell.trim()).filter((cell) => cell !== ""));
  assert(cells.length > 20);
  for (const cell of cells) assertStringIncludes(page, `>${cell.replaceAll("&", "&amp;")}</t`);
  const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => script!);
  assertEquals(scripts.length, 1);
  const hash = createHash("sha256").update(scripts[0]!).digest("base64");
  assertStringIncludes(page, `script-src 'sha256-${hash}'"`);
  assertStringIncludes(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
  assertStringIncludes(page, "a machine &amp; its versions");
  assert(!/(src|href)=/.test(page));
});

Deno.test("html: a run without a delivery has its failures and no charts", () => {
  const report = trafficReport({
    ...PASSED,
    latencyMicroseconds: null,
    latencyPercentiles: [],
    joinPercentiles: [],
    series: [],
    failures: ["No message was delivered."],
  });
  const page = renderHtml(report, CONTEXT);
  assertStringIncludes(page, '<dd class="fault">failed<span>limited by: client</span></dd>');
  assertStringIncludes(page, '<p class="fault">No message was delivered.</p>');
  assert(!page.includes("<svg"));
  assert(!page.includes("<script"), "nothing that a script could add to");
});

Deno.test("html: the tiles are the rate, the latencies, the losses and the verdict", () => {
  const tilesOf = (result: typeof PASSED) =>
    [...renderHtml(trafficReport(result), CONTEXT).matchAll(/<dt>(.*?)<\/dt><dd(.*?)>(.*?)<\/dd>/g)]
      .map(([, ...parts]) => parts);
  const rates = [
    ["Deliveries/s", "", "1.23M"],
    ["Latency, p50", "", "1.23 ms"],
    ["Latency, p99", "", "10.0 ms"],
  ];
  const limit = "<span>limited by: client</span>";
  assertEquals(tilesOf(PASSED), [
    ...rates,
    ["Lost", "", "0"],
    ["Verdict", ' class="passed"', `passed${limit}`],
  ]);
  const lossy = {
    ...PASSED,
    deliveries: { ...PASSED.deliveries, lost: 1234 },
    interrupted: true,
  };
  assertEquals(tilesOf(lossy).slice(3), [
    ["Lost", ' class="fault"', "1,234"],
    ["Verdict", "", `interrupted${limit}`],
  ]);
});

const CHART: Chart = {
  ...{ title: "a < b", horizontal: "time (s)", vertical: "latency < 1 (ms)" },
  marks: [[0, "start"]],
  series: [{ name: "only", points: [[0, 7], [1, 8], [2, null], [3, 3]] }],
  ...{ format: String, at: (second) => `${second} s` },
};

Deno.test("chart: steps are round, gaps stay gaps, and a single value is a dot", () => {
  const svg = svgChart(CHART);
  assertStringIncludes(svg, 'aria-label="a &lt; b"');
  assertStringIncludes(svg, ">time (s)</text>");
  assertStringIncludes(svg, ">latency &lt; 1 (ms)</text>");
  for (const step of [0, 2, 4, 6, 8]) assertStringIncludes(svg, `>${step}</text>`);
  assertStringIncludes(svg, 'd="M0 125h.1L333.3 0M1000 625h.1"');
});

Deno.test("chart: marks without room are left out, those with little room on telephones", () => {
  const shown = (marks: Chart["marks"]) =>
    [...svgChart({ ...CHART, marks }).matchAll(/mark (\w+)".*?>(.*?)<\/text>/g)]
      .map(([, width, text]) => `${text} ${width}`);
  assertEquals(shown([[0, "0 s"], [1, "1 s"], [3, "3 s"]]), ["0 s any", "1 s any", "3 s any"]);
  const many = Array.from({ length: 31 }, (_, index) => [index / 10, `${index} s`] as const);
  const texts = shown(many);
  assert(texts.length > 8 && texts.length < 16, texts.join());
  assertEquals(texts.at(-1), "30 s any", "the last one is shown");
  const onTelephone = texts.filter((text) => text.endsWith("any")).length;
  assert(onTelephone > 3 && onTelephone < 8, texts.join());
});

Deno.test("chart: texts beside points are within the plot, on either side of its middle", () => {
  const svg = svgChart({
    ...CHART,
    marked: [{ position: 0, value: 7, text: "a" }, { position: 3, value: 3, text: "<b>" }],
  });
  assertStringIncludes(svg, '<text x="0%" y="12.5%" dx="4" dy="-.6em">a</text>');
  assertStringIncludes(svg, '<text x="100%" y="62.5%" class="end" dx="-8" dy="-.6em">&lt;b&gt;</');
});

/** The rows of the table of a figure: place in the plot, and cells. */
function rowsOf(figure: string): string[][] {
  return [...figure.matchAll(/<tr data-x="(.*?)"><th scope="row">(.*)/g)].map((
    [, x, cells],
  ) => [x!, ...cells!.replace(/<\/t.*/, "").split("<td>")]);
}

Deno.test("figure: a row for each position; positions with the same text are one row", () => {
  const figure = chartFigure({
    ...CHART,
    at: (second) => `${Math.round(second)} s`,
    series: [
      { name: "one", points: [[1, 1], [2.01, null], [3, 3]] },
      { name: "two", points: [[1.02, 4], [2, 5]] },
    ],
  });
  assertEquals(rowsOf(figure), [
    ["0", "1 s", "1", "4"],
    ["505", "2 s", "–", "5"],
    ["1000", "3 s", "3", "–"],
  ]);
  assertStringIncludes(figure, '<p class="legend">');
  assert(!chartFigure(CHART).includes("legend"), "one line needs no legend");
});

Deno.test("figure: of many points the lowest and the highest of neighbours are left", () => {
  const points = Array.from({ length: 100_000 }, (_, index) => [index, index % 2] as const);
  const peak = points.with(54_321, [54_321, 99]);
  const figure = chartFigure({ ...CHART, series: [{ name: "one", points: peak }] });
  const rows = rowsOf(figure);
  assert(rows.length > 600 && rows.length <= 1200, `${rows.length}`);
  assertEquals(rows.filter(([, , value]) => value === "99").length, 1);
  assert(figure.length < 100_000, `${figure.length}`);
});

Deno.test("curve: from the shortest to the longest, as fine as there are latencies", () => {
  const histogram = new LatencyHistogram();
  assertEquals(histogram.curve(), []);
  for (let value = 1; value <= 1000; value++) histogram.record(value);
  const curve = histogram.curve();
  assertEquals(curve[0]!.percent, 0);
  assertEquals(curve.at(-1), { percent: 100, microseconds: 1000 });
  assert(curve.length > 20 && curve.length < 60, String(curve.length));
  assert(
    curve.every(({ microseconds }, index) =>
      index === 0 || microseconds >= curve[index - 1]!.microseconds
    ),
  );
});

Deno.test("csv: cells with commas, quotes or line ends are quoted", () => {
  assertEquals(
    csvText([["a", 1, ""], ['/tmp/a,"b"', "c\nd", "\r"]]),
    'a,1,\r\n"/tmp/a,""b""","c\nd","\r"\r\n',
  );
});

/** Relative luminance (WCAG 2.2) of `#rgb` or `#rrggbb`. */
function luminance(color: string): number {
  const digits = color.slice(1);
  const parts = digits.length === 3
    ? [...digits].map((digit) => digit + digit)
    : digits.match(/../g)!;
  const [red = 0, green = 0, blue = 0] = parts.map((part) => {
    const value = parseInt(part, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

Deno.test("html style: texts and lines can be read on light and on dark paper", () => {
  const [light, dark] = STYLE.split("@media").slice(0, 2).map((part): Record<string, string> =>
    Object.fromEntries(
      [...part.matchAll(/--([\w-]+): (#\w+)/g)].map(([, name, color]) => [name, color]),
    )
  );
  for (const colors of [light!, { ...light, ...dark }]) {
    assertEquals(
      Object.keys(colors).filter((name) => name.startsWith("line-")).length,
      LINE_COLORS,
    );
    for (const [name, color] of Object.entries(colors)) {
      if (["paper", "tile", "rule"].includes(name)) continue;
      for (const ground of [colors["paper"]!, colors["tile"]!]) {
        const [less = 0, more = 0] = [luminance(color!), luminance(ground)].toSorted((a, b) =>
          a - b
        );
        const contrast = (more + 0.05) / (less + 0.05);
        assert(contrast >= 4.5, `${name} ${color} on ${ground}: ${contrast.toFixed(2)}`);
      }
    }
  }
});
