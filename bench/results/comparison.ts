import { median } from "./distribution.ts";
import type { Metrics } from "./metrics.ts";
import type { BenchmarkResult } from "./result.ts";

/** Minimum number of runs per side to distinguish a difference from chance: with 4 against 4, all runs
 * of one side are above the other by chance in 2 of 70 cases. */
export const LEAST_RUNS = 4;

/** Differences as large as these come about by chance in at most this part of all comparisons. */
const SIGNIFICANCE = 0.05;

/** Arrangements that are counted one by one; beyond, the normal approximation is as good. */
const MAX_ARRANGEMENTS = 200_000;

/** Whether there is a difference; `unknown` with too few runs. */
export type Verdict = "better" | "worse" | "same" | "unknown";

/** One figure of two sets of runs. */
export interface ComparedFigure {
  /** Name of the compared figure. */
  readonly name: string;
  /** Its median over the runs before. */
  readonly before: number;
  /** Its median over the runs now. */
  readonly after: number;
  /** `after` / `before`. */
  readonly ratio: number;
  /** Part of all ways to deal the same values to the two sides that separate them at least as far. */
  readonly chance: number;
  /** Number of runs per side. */
  readonly runs: { readonly before: number; readonly after: number };
  /** Whether that is too rare to be chance; if one side has too few runs, whether its median is
   * outside the range of the other side's. */
  readonly verdict: Verdict;
  /** The method of the verdict; `null` without a verdict. */
  readonly by: "chance" | "range" | null;
}

/** A figure by which runs are compared. */
export interface Figure<Result> {
  /** Begins with `Latency` where it is in microseconds. */
  readonly name: string;
  /** `undefined` where nothing was measured. */
  readonly of: (result: Result) => number | undefined;
  /** True for rates, false for latencies. */
  readonly moreIsBetter: boolean;
}

/** The figures of `broadcast` and `echo`. */
export const MESSAGE_FIGURES: readonly Figure<BenchmarkResult>[] = [
  { name: "Deliveries/s", of: ({ deliveries }) => deliveries.perSecond, moreIsBetter: true },
  {
    name: "Latency 50%",
    of: ({ latencyMicroseconds }) => latencyMicroseconds?.p50,
    moreIsBetter: false,
  },
  {
    name: "Latency 99%",
    of: ({ latencyMicroseconds }) => latencyMicroseconds?.p99,
    moreIsBetter: false,
  },
];

/** The latencies of a scenario among its metrics. */
const LATENCIES = { p50: "Latency 50%", p99: "Latency 99%", max: "Latency max" } as const;

/** The figures of another scenario: the median and the 99th percentile among its metrics, or the
 * maximum. */
export function figuresOf<Result>(metrics: Metrics<Result>): Figure<Result>[] {
  const names = metrics.p50 === undefined ? ["max"] as const : ["p50", "p99"] as const;
  return names.flatMap((name) => {
    const metric = metrics[name];
    return metric === undefined
      ? []
      : [{ name: LATENCIES[name], of: metric.of, moreIsBetter: false }];
  });
}

/**
 * Compares runs of the same load, and separates differences from noise by the Mann-Whitney test: it asks
 * how often chance alone would deal the values so unevenly, and assumes nothing about how they
 * spread. A side with too few runs for that is compared with the range of the other, if that has
 * enough.
 */
export function compareRuns<Result>(
  before: readonly Result[],
  after: readonly Result[],
  figures: readonly Figure<Result>[],
): ComparedFigure[] {
  return figures.flatMap(({ name, of, moreIsBetter }) => {
    const old = before.flatMap((result) => of(result) ?? []);
    const now = after.flatMap((result) => of(result) ?? []);
    if (old.length === 0 || now.length === 0) return [];
    const [first, second] = [median(old), median(now)];
    // Nothing is a multiple of nothing: runs that failed are not compared.
    if (first === 0) return [];
    const chance = chanceOf(old, now);
    const [fewer, more] = old.length < now.length ? [old, now] : [now, old];
    const by = fewer.length >= LEAST_RUNS ? "chance" : more.length >= LEAST_RUNS ? "range" : null;
    const isDifferent = by === "chance" ? chance <= SIGNIFICANCE : isOutside(median(fewer), more);
    const isBetter = (second > first) === moreIsBetter;
    const verdict: Verdict = by === null
      ? "unknown"
      : !isDifferent
      ? "same"
      : isBetter
      ? "better"
      : "worse";
    const runs = { before: old.length, after: now.length };
    return { name, before: first, after: second, ratio: second / first, chance, runs, verdict, by };
  });
}

function isOutside(value: number, values: readonly number[]): boolean {
  return value < Math.min(...values) || value > Math.max(...values);
}

/** The two-sided probability of ranks at least so uneven, if both sides are of the same kind. */
export function chanceOf(first: readonly number[], second: readonly number[]): number {
  const ranks = ranksOf([...first, ...second]);
  const count = first.length;
  const expected = count * (ranks.length + 1) / 2;
  const seen = Math.abs(sum(ranks.slice(0, count)) - expected);
  if (arrangements(ranks.length, count) <= MAX_ARRANGEMENTS) {
    let [all, asUneven] = [0, 0];
    forEachChoice(ranks, count, (rankSum) => {
      all++;
      if (Math.abs(rankSum - expected) >= seen - 1e-9) asUneven++;
    });
    return asUneven / all;
  }
  const mean = (ranks.length + 1) / 2;
  const variance = sum(ranks.map((rank) => (rank - mean) ** 2)) *
    count * second.length / (ranks.length * (ranks.length - 1));
  return variance === 0 ? 1 : 2 * upperTail((seen - 0.5) / Math.sqrt(variance));
}

/** The rank of each value from 1; equal ones share the mean of theirs. */
function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The number of ways to choose `chosen` of `all` items. */
function arrangements(all: number, chosen: number): number {
  let ways = 1;
  for (let index = 1; index <= chosen; index++) ways = ways * (all - chosen + index) / index;
  return ways;
}

/** Calls back with the sum of every choice of `count` values. */
function forEachChoice(
  values: readonly number[],
  count: number,
  visit: (total: number) => void,
  start = 0,
  total = 0,
): void {
  if (count === 0) return visit(total);
  for (let index = start; index <= values.length - count; index++) {
    forEachChoice(values, count - 1, visit, index + 1, total + values[index]!);
  }
}

/** The part of a normal distribution beyond a number of standard deviations (Abramowitz and Stegun,
 * 26.2.17; exact to seven digits). */
function upperTail(deviations: number): number {
  const z = Math.max(deviations, 0);
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.319381530 +
    t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * polynomial;
}
