import { bytes, compact } from "../format.ts";
import { axisMilliseconds, type Chart } from "./report.ts";
import type { BenchmarkResult } from "../results/result.ts";
import type { LatencyPoint } from "../ledger/latency_histogram.ts";

/** Marks below a chart over time, about. */
const TIME_MARKS = 8;

/** A run of traffic in charts: by percentile, over time, and the server's side where it was watched. */
export function chartsOf(result: BenchmarkResult): Chart[] {
  const { series, server } = result;
  const overTime = (title: string, lines: Chart["series"], format: Chart["format"]): Chart => ({
    title,
    positions: series.map(({ second }) => second),
    marks: timeMarks(series.map(({ second }) => second)),
    series: lines,
    format,
  });
  const charts = [
    percentileChart("Latency by percentile", result.latencyPercentiles),
    overTime("Latency over time", [
      { name: "50%", values: series.map(({ p50 }) => p50) },
      { name: "99%", values: series.map(({ p99 }) => p99) },
    ], axisMilliseconds),
    overTime("Deliveries a second", [
      { name: "deliveries", values: series.map(({ deliveriesPerSecond }) => deliveriesPerSecond) },
    ], compact),
  ];
  charts.push(percentileChart("Time to join by percentile", result.joinPercentiles));
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

function timeMarks(seconds: readonly number[]): [number, string][] {
  const every = Math.max(Math.ceil(seconds.length / TIME_MARKS), 1);
  return seconds.filter((_, index) => (index + 1) % every === 0)
    .map((second) => [second, `${Math.round(second * 10) / 10} s`]);
}

/** Latency over percentile, with the rare ones as wide as the frequent ones: each mark is ten times
 * rarer than the one before. */
export function percentileChart(title: string, points: readonly LatencyPoint[]): Chart {
  const shown = points.filter(({ percent }) => percent < 100);
  const rareness = (percent: number) => -Math.log10(1 - percent / 100);
  const last = shown.at(-1)?.percent ?? 0;
  return {
    title,
    positions: shown.map(({ percent }) => rareness(percent)),
    marks: [0, 90, 99, 99.9, 99.99, 99.999].filter((percent) => percent <= last)
      .map((percent) => [rareness(percent), `${percent}%`] as const),
    series: [{ name: "latency", values: shown.map(({ microseconds }) => microseconds) }],
    format: axisMilliseconds,
  };
}
