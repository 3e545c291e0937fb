import { bytes, compact, grouped } from "../format.ts";
import type { LatencyPoint } from "../ledger/latency_histogram.ts";
import type { BenchmarkResult, SecondSample } from "../results/result.ts";
import type { ServerState } from "../monitoring/server_watch.ts";
import { axisMilliseconds, type Chart } from "./report.ts";

/** Marks below a chart over time, about. */
const TIME_MARKS = 8;

/** A run of traffic in charts: by percentile, over time, and the server's side where it was watched. */
export function chartsOf(result: BenchmarkResult): Chart[] {
  const { series, server, latencyPercentiles, joinPercentiles } = result;
  return [
    percentileChart("Latency by percentile", { latency: latencyPercentiles }),
    ...seriesCharts(series),
    percentileChart("Time to join by percentile", { "time to join": joinPercentiles }),
    ...serverCharts(server),
  ];
}

/** Latency and deliveries, second by second. */
export function seriesCharts(series: readonly SecondSample[] = []): Chart[] {
  const axis = timeAxis(series);
  const deliveries = series.map(({ deliveriesPerSecond }) => deliveriesPerSecond);
  return [
    {
      ...{ ...axis, title: "Latency over time", vertical: "latency (ms)" },
      series: [
        { name: "50%", values: series.map(({ p50 }) => p50) },
        { name: "99%", values: series.map(({ p99 }) => p99) },
      ],
      format: axisMilliseconds,
    },
    {
      ...{ ...axis, title: "Deliveries per second", vertical: "deliveries (1/s)" },
      series: [{ name: "deliveries", values: deliveries }],
      format: compact,
    },
  ];
}

/** The server's process over time; nothing where it was not watched. */
export function serverCharts(states: readonly ServerState[] | null): Chart[] {
  if (states === null) return [];
  return ([
    ["resident memory", "memory (bytes)", "residentBytes", bytes],
    ["CPU, of one core", "CPU (% of one core)", "cpuPercent", (value: number) => `${value}%`],
    ["open descriptors", "descriptors", "descriptors", compact],
    ["accept queue", "connections", "acceptQueue", compact],
  ] as const).map(([name, vertical, field, format]) => ({
    ...{ ...timeAxis(states), title: `Server: ${name}`, vertical, format },
    series: [{ name, values: states.map((state) => state[field]) }],
  }));
}

function timeAxis(samples: readonly { readonly second: number }[]) {
  const positions = samples.map(({ second }) => second);
  const every = Math.max(Math.ceil(positions.length / TIME_MARKS), 1);
  const marks = positions.filter((_, index) => (index + 1) % every === 0)
    .map((second) => [second, `${Math.round(second * 10) / 10} s`] as const);
  return { positions, marks, horizontal: "time (s)" };
}

/**
 * Latency over percentile, with the rare ones as wide as the frequent ones: each mark is ten times
 * rarer than the one before.
 *
 * @param curves by their names, all with the same steps.
 */
export function percentileChart(
  title: string,
  curves: Readonly<Record<string, readonly LatencyPoint[] | undefined>>,
): Chart {
  const shown = Object.entries(curves).map(([name, points = []]) => ({
    name,
    points: points.filter(({ percent }) => percent < 100),
  })).filter(({ points }) => points.length > 0);
  const longest = shown.toSorted((a, b) => b.points.length - a.points.length)[0]?.points ?? [];
  const rareness = (percent: number) => -Math.log10(1 - percent / 100);
  const last = longest.at(-1)?.percent ?? 0;
  return {
    ...{ title, horizontal: "percentile (%)", vertical: "time (ms)" },
    positions: longest.map(({ percent }) => rareness(percent)),
    marks: [0, 90, 99, 99.9, 99.99, 99.999].filter((percent) => percent <= last)
      .map((percent) => [rareness(percent), `${percent}%`] as const),
    series: shown.map(({ name, points }) => ({
      name,
      values: longest.map((_, index) => points[index]?.microseconds ?? null),
    })),
    format: axisMilliseconds,
  };
}

/** Number of connections that are back, by the time since a new server listens. */
export function backChart(curve: readonly LatencyPoint[] = [], back: number): Chart {
  const last = curve.at(-1)?.microseconds ?? 0;
  return {
    ...{ title: "Connections back over time", vertical: "connections" },
    horizontal: "time since the new server listens (ms)",
    positions: [0, ...curve.map(({ microseconds }) => microseconds)],
    marks: [0, 0.25, 0.5, 0.75, 1].map((part) => [part * last, axisMilliseconds(part * last)]),
    series: [{
      name: "connections",
      values: [0, ...curve.map(({ percent }) => percent / 100 * back)],
    }],
    format: grouped,
  };
}
