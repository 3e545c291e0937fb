import type { LatencyPoint } from "../ledger/latency_histogram.ts";
import { axisMilliseconds, type Chart } from "./report.ts";

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
