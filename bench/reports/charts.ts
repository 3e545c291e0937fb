import { bytes, compact, grouped } from "../format.ts";
import type { LatencyPoint } from "../ledger/latency_histogram.ts";
import type { BenchmarkResult, SecondSample } from "../results/result.ts";
import type { ServerState } from "../monitoring/server_watch.ts";
import { axisMilliseconds, type Chart, type MarkedPoint } from "./report.ts";

/** Marks below a chart over time, about. */
const TIME_MARKS = 8;

/** A run of traffic in charts: by percentile, over time, and the server's side where it was watched. */
export function chartsOf(result: BenchmarkResult): Chart[] {
  const { series, server, latencyPercentiles, joinPercentiles } = result;
  return [
    percentileChart("How long does a delivery take?", { latency: latencyPercentiles }),
    ...seriesCharts(series),
    joinChart(joinPercentiles),
    ...serverCharts(server),
  ];
}

/** Time to join by percentile. */
export function joinChart(curve: readonly LatencyPoint[] | undefined): Chart {
  return percentileChart("How long does it take to join?", { "time to join": curve });
}

/** Latency, deliveries and faults, second by second. */
export function seriesCharts(series: readonly SecondSample[] = []): Chart[] {
  const axis = timeAxis(series);
  const line = (name: string, of: (sample: SecondSample) => number | null) => ({
    name,
    points: series.map((sample) => [sample.second, of(sample)] as const),
  });
  return [
    {
      ...{ ...axis, title: "Does the latency stay constant?", vertical: "latency (ms)" },
      series: [line("50%", ({ p50 }) => p50), line("99%", ({ p99 }) => p99)],
      format: axisMilliseconds,
    },
    {
      ...{
        ...axis,
        title: "Does the rate stay constant?",
        vertical: "deliveries per second (1/s)",
      },
      series: [line("deliveries", ({ deliveriesPerSecond }) => deliveriesPerSecond)],
      format: compact,
    },
    {
      ...{ ...axis, title: "When were deliveries lost?", vertical: "count per second (1/s)" },
      series: [line("lost deliveries", ({ lost }) => lost), line("errors", ({ errors }) => errors)],
      format: compact,
    },
  ];
}

/** The server's process over time; nothing where it was not watched. */
export function serverCharts(states: readonly ServerState[] | null): Chart[] {
  if (states === null) return [];
  return ([
    ["Does the server's memory grow?", "memory (bytes)", "residentBytes", bytes],
    ["How busy is the server?", "CPU (% of one core)", "cpuPercent", percentText],
    ["How many descriptors does the server have open?", "descriptors", "descriptors", compact],
    ["Do connections wait to be accepted?", "connections", "acceptQueue", compact],
  ] as const).map(([title, vertical, field, format]) => ({
    ...{ ...timeAxis(states), title, vertical, format },
    series: [{
      name: vertical.replace(/ \(.*/, ""),
      points: states.map((state) => [state.second, state[field]] as const),
    }],
  }));
}

function percentText(value: number): string {
  return `${Math.round(value * 10) / 10}%`;
}

function timeAxis(samples: readonly { readonly second: number }[]) {
  const positions = samples.map(({ second }) => second);
  const every = Math.max(Math.ceil(positions.length / TIME_MARKS), 1);
  const at = (second: number) => `${Math.round(second * 10) / 10} s`;
  const marks = positions.filter((_, index) => (index + 1) % every === 0)
    .map((second) => [second, at(second)] as const);
  return { marks, horizontal: "time (s)", at };
}

/** Percentiles with a mark below the chart. */
const PERCENT_MARKS = [0, 50, 90, 99, 99.9, 99.99, 99.999];
/** Percentiles whose times are written beside the curve. */
const MARKED_PERCENTS = [50, 99];

/**
 * Latency over percentile, with the rare ones as wide as the frequent ones: each mark from 90 % on is ten
 * times rarer than the one before.
 *
 * @param curves by their names. The percentiles of a single curve are marked.
 */
export function percentileChart(
  title: string,
  curves: Readonly<Record<string, readonly LatencyPoint[] | undefined>>,
): Chart {
  const shown = Object.entries(curves).map(([name, points = []]) => ({
    name,
    points: points.filter(({ percent }) => percent < 100),
  })).filter(({ points }) => points.length > 0);
  const last = Math.max(...shown.map(({ points }) => points.at(-1)!.percent));
  return {
    ...{ title, horizontal: "percentile (%)", vertical: "time (ms)" },
    marks: PERCENT_MARKS.filter((percent) => percent <= last)
      .map((percent) => [rareness(percent), `${percent}%`] as const),
    series: shown.map(({ name, points }) => ({
      name,
      points: points.map(({ percent, microseconds }) => [rareness(percent), microseconds]),
    })),
    marked: shown.length === 1 ? markedPercentiles(shown[0]!.points) : [],
    format: axisMilliseconds,
    at: (position) => `${Number((100 - 100 * 10 ** -position).toFixed(4))}%`,
  };
}

function rareness(percent: number): number {
  return -Math.log10(1 - percent / 100);
}

/** The points of a curve at or next after the marked percentiles. */
function markedPercentiles(curve: readonly LatencyPoint[]): MarkedPoint[] {
  return MARKED_PERCENTS.flatMap((wanted) => {
    const point = curve.find(({ percent }) => percent >= wanted);
    if (point === undefined) return [];
    const { percent, microseconds: value } = point;
    const text = `${Math.round(percent * 10) / 10}%: ${axisMilliseconds(value)}`;
    return [{ position: rareness(percent), value, text }];
  });
}

/** Number of connections that are back, by the time since a new server listens. */
export function backChart(curve: readonly LatencyPoint[] = [], back: number): Chart {
  const last = curve.at(-1)?.microseconds ?? 0;
  return {
    ...{ title: "How soon do all clients reconnect?", vertical: "connections" },
    horizontal: "time since the new server listens (ms)",
    marks: [0, 0.25, 0.5, 0.75, 1].map((part) => [part * last, axisMilliseconds(part * last)]),
    series: [{
      name: "connections",
      points: [
        [0, 0],
        ...curve.map(({ percent, microseconds }) => [microseconds, percent / 100 * back] as const),
      ],
    }],
    ...{ format: grouped, at: axisMilliseconds },
  };
}
