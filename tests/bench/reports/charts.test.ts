import { assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import {
  backChart,
  percentileChart,
  seriesCharts,
  serverCharts,
} from "../../../bench/reports/charts.ts";
import { svgChart } from "../../../bench/reports/svg_chart.ts";
import { PASSED } from "../sample_result.ts";

function curveOf(...latencies: readonly number[]) {
  const histogram = new LatencyHistogram();
  for (const latency of latencies) histogram.record(latency);
  return histogram.curve();
}

Deno.test("percentile chart: curves of different length share one axis", () => {
  const few = curveOf(10, 20, 30, 40);
  const many = curveOf(...Array.from({ length: 100 }, (_, index) => index + 1));
  const chart = percentileChart("Latency", { quiet: few, busy: many });
  assertEquals(chart.series.map(({ name }) => name), ["quiet", "busy"]);
  assertEquals([chart.horizontal, chart.vertical], ["percentile (%)", "time (ms)"]);
  const values = (index: number) => chart.series[index]!.points.map(([, value]) => value);
  assertEquals(values(0), few.slice(0, -1).map(({ microseconds }) => microseconds));
  assertEquals(values(1).length, many.length - 1, "all but the longest, which is at 100 %");
  assertEquals(chart.marks.map(([, text]) => text), ["0%", "50%", "90%", "99%"]);
  assertEquals(chart.marks.map(([position]) => chart.at(position)), ["0%", "50%", "90%", "99%"]);
  assertEquals(chart.marked, [], "two curves have no room for texts");
});

Deno.test("percentile chart: the median and the 99th percentile of a single curve are marked", () => {
  const { marked } = percentileChart("Latency", {
    latency: curveOf(...Array.from({ length: 1000 }, (_, index) => 1000 * (index + 1))),
  });
  assertEquals(marked!.map(({ text }) => text), ["50%: 500 ms", "99%: 990 ms"]);
  const few = percentileChart("Latency", { latency: curveOf(1000, 2000, 3000, 4000) });
  assertEquals(few.marked!.map(({ text }) => text), ["50%: 2 ms"]);
});

Deno.test("percentile chart: a missing or empty curve has no line, and without any there is no chart", () => {
  const chart = percentileChart("Latency", { before: undefined, during: curveOf(1, 2), after: [] });
  assertEquals(chart.series.map(({ name }) => name), ["during"]);
  assertEquals(svgChart(percentileChart("Latency", { before: undefined, during: [] })), "");
});

Deno.test("series charts: latency, deliveries and losses second by second, with gaps", () => {
  const charts = seriesCharts(PASSED.series);
  assertEquals(
    charts.map(({ series }) => series.map(({ points }) => points)),
    [
      [[[1, 300], [2, null]], [[1, 900], [2, null]]],
      [[[1, 900], [2, 1100]]],
      [[[1, 1], [2, 1]], [[1, 2], [2, 2]]],
    ],
  );
  assertEquals(charts.map(({ horizontal, vertical }) => [horizontal, vertical]), [
    ["time (s)", "latency (ms)"],
    ["time (s)", "deliveries per second (1/s)"],
    ["time (s)", "count per second (1/s)"],
  ]);
  assertEquals(seriesCharts().map(svgChart), ["", "", ""], "no charts without samples");
});

Deno.test("back chart: the number of connections that are back, from none to all", () => {
  const chart = backChart(curveOf(1000, 2000, 3000, 4000), 4);
  const { points } = chart.series[0]!;
  assertEquals([points[0], points.at(-1)], [[0, 0], [4000, 4]]);
  assertEquals(chart.marks.map(([, text]) => text), ["0 ms", "1 ms", "2 ms", "3 ms", "4 ms"]);
  assertEquals(svgChart(backChart(undefined, 0)), "", "no chart without connections");
});

Deno.test("server charts: one for each figure, none for a server that was not watched", () => {
  const state = { second: 1, residentBytes: 2e6, cpuPercent: 90, busiestThreadPercent: null };
  const charts = serverCharts([{ ...state, descriptors: 30, acceptQueue: 0 }]);
  assertEquals(charts.map(({ title, vertical }) => [title, vertical]), [
    ["Does the server's memory grow?", "memory (bytes)"],
    ["How busy is the server?", "CPU (% of one core)"],
    ["How many descriptors does the server have open?", "descriptors"],
    ["Do connections wait to be accepted?", "connections"],
  ]);
  assertEquals(serverCharts(null), []);
});
