import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { renderReport, trafficReport } from "../../../bench/reports/traffic_report.ts";
import { csvText, renderCsv } from "../../../bench/reports/csv.ts";
import { renderHtml } from "../../../bench/reports/html.ts";
import { svgChart } from "../../../bench/reports/svg_chart.ts";
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

Deno.test("html: the figures of the text report, and nothing that could run or be fetched", () => {
  const page = renderHtml(trafficReport(WATCHED), CONTEXT);
  const cells = renderReport(WATCHED).split("\n")
    .filter((line) => line.startsWith("│"))
    .flatMap((line) => line.split("│").map((cell) => cell.trim()).filter((cell) => cell !== ""));
  assert(cells.length > 20);
  for (const cell of cells) assertStringIncludes(page, `>${cell.replaceAll("&", "&amp;")}</t`);
  assert(!page.includes("<script"));
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
    failures: ["Nothing was delivered."],
  });
  const page = renderHtml(report, CONTEXT);
  assertStringIncludes(page, 'class="failed"');
  assertStringIncludes(page, "<p>Nothing was delivered.</p>");
  assert(!page.includes("<svg"));
});

Deno.test("chart: steps are round, gaps stay gaps, and a single value is a dot", () => {
  const svg = svgChart({
    ...{ title: "a < b", horizontal: "time (s)", vertical: "latency < 1 (ms)" },
    positions: [0, 1, 2, 3],
    marks: [[0, "start"]],
    series: [{ name: "only", values: [7, 8, null, 3] }],
    format: String,
  });
  assertStringIncludes(svg, 'aria-label="a &lt; b"');
  assertStringIncludes(svg, ">time (s)</text>");
  assertStringIncludes(svg, ">latency &lt; 1 (ms)</text>");
  for (const step of [0, 2, 4, 6, 8]) assertStringIncludes(svg, `>${step}</text>`);
  assertEquals(svg.match(/M[\d.]+ [\d.]+h0\.01/g)?.length, 2);
  assertEquals(svg.match(/L[\d.]+ [\d.]+/g)?.length, 1);
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
