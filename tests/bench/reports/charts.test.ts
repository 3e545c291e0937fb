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
  const [quiet, busy] = chart.series;
  assertEquals([quiet!.values.length, busy!.values.length], Array(2).fill(chart.positions.length));
  assertEquals(quiet!.values.filter((value) => value !== null), [
    ...few.filter(({ percent }) => percent < 100).map(({ microseconds }) => microseconds),
  ]);
  assertEquals(quiet!.values.at(-1), null, "no value beyond the share of a single latency");
  assertEquals(chart.marks.map(([, text]) => text), ["0%", "90%"]);
});

Deno.test("percentile chart: a missing or empty curve has no line, and without any there is no chart", () => {
  const chart = percentileChart("Latency", { before: undefined, during: curveOf(1, 2), after: [] });
  assertEquals(chart.series.map(({ name }) => name), ["during"]);
  assertEquals(svgChart(percentileChart("Latency", { before: undefined, during: [] })), "");
});

Deno.test("series charts: latency and deliveries second by second, with gaps", () => {
  const [latency, deliveries] = seriesCharts(PASSED.series);
  assertEquals(latency!.positions, [1, 2]);
  assertEquals(latency!.series.map(({ values }) => values), [[300, null], [900, null]]);
  assertEquals(deliveries!.series.map(({ values }) => values), [[900, 1100]]);
  assertEquals([latency!, deliveries!].map(({ horizontal, vertical }) => [horizontal, vertical]), [
    ["time (s)", "latency (ms)"],
    ["time (s)", "deliveries (1/s)"],
  ]);
  assertEquals(seriesCharts().map(svgChart), ["", ""], "no charts without samples");
});

Deno.test("back chart: the number of connections that are back, from none to all", () => {
  const chart = backChart(curveOf(1000, 2000, 3000, 4000), 4);
  const [{ values }] = chart.series as [typeof chart.series[0]];
  assertEquals([chart.positions[0], values[0]], [0, 0]);
  assertEquals([chart.positions.at(-1), values.at(-1)], [4000, 4]);
  assertEquals(chart.marks.map(([, text]) => text), ["0 ms", "1 ms", "2 ms", "3 ms", "4 ms"]);
  assertEquals(svgChart(backChart(undefined, 0)), "", "no chart without connections");
});

Deno.test("server charts: one for each figure, none for a server that was not watched", () => {
  const state = { second: 1, residentBytes: 2e6, cpuPercent: 90, busiestThreadPercent: null };
  const charts = serverCharts([{ ...state, descriptors: 30, acceptQueue: 0 }]);
  assertEquals(charts.map(({ title, vertical }) => [title, vertical]), [
    ["Server: resident memory", "memory (bytes)"],
    ["Server: CPU, of one core", "CPU (% of one core)"],
    ["Server: open descriptors", "descriptors"],
    ["Server: accept queue", "connections"],
  ]);
  assertEquals(serverCharts(null), []);
});
