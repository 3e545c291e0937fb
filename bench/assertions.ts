import type { BenchmarkResult } from "./result.ts";

/** What a result can be held against. Latencies are microseconds. */
const METRICS: Readonly<Record<string, Metric>> = {
  p50: latency((result) => result.latencyMicroseconds?.p50),
  p90: latency((result) => percentileOf(result, 90)),
  p99: latency((result) => result.latencyMicroseconds?.p99),
  p999: latency((result) => percentileOf(result, 99.9)),
  max: latency((result) => result.latencyMicroseconds?.max),
  mean: latency((result) => result.latencyMicroseconds?.mean),
  "first.p50": latency((result) => result.firstLatencyMicroseconds?.p50),
  "first.p99": latency((result) => result.firstLatencyMicroseconds?.p99),
  "last.p50": latency((result) => result.lastLatencyMicroseconds?.p50),
  "last.p99": latency((result) => result.lastLatencyMicroseconds?.p99),
  "slip.p99": latency((result) => result.slipMicroseconds?.p99),
  lost: number((result) => result.deliveries.lost),
  duplicated: number((result) => result.deliveries.duplicated),
  reordered: number((result) => result.deliveries.reordered),
  misdelivered: number((result) => result.deliveries.misdelivered),
  received: number((result) => result.deliveries.received),
  messages: number((result) => result.messages),
  joined: number((result) => result.joined),
  errors: number((result) => result.errors.reduce((sum, error) => sum + error.count, 0)),
  rate: number((result) => result.messagesPerSecond),
  throughput: number((result) => result.deliveries.perSecond),
};

interface Metric {
  readonly isTime: boolean;
  /** `undefined` where nothing was measured. */
  readonly of: (result: BenchmarkResult) => number | undefined;
}

const UNITS: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1000, s: 1_000_000 };

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
};

/** Something that a result must fulfil, such as `p99<50ms`. */
export interface Assertion {
  /** As it was given. */
  readonly text: string;
  /** Why a result does not fulfil it: a sentence; nothing if it does. */
  readonly failureOf: (result: BenchmarkResult) => string | undefined;
}

/** What an assertion may look like: one sentence. */
export const ASSERTION_SYNTAX: string =
  "An assertion is a metric, one of < <= > >= =, and a number, such as p99<50ms or lost=0. Times " +
  `have us, ms or s. Metrics: ${Object.keys(METRICS).join(" ")}.`;

/**
 * Reads assertions with commas between them.
 *
 * @throws {RangeError} with a sentence that says what is wrong; {@link ASSERTION_SYNTAX} says what is
 *   right.
 */
export function parseAssertions(text: string): Assertion[] {
  return text.split(",").map((part) => parseAssertion(part.trim()));
}

/** A result that has failed where it does not fulfil an assertion. */
export function withAssertions(
  result: BenchmarkResult,
  assertions: readonly Assertion[],
): BenchmarkResult {
  const unmet = assertions.flatMap((assertion) => assertion.failureOf(result) ?? []);
  return {
    ...result,
    failures: [...result.failures, ...unmet.map((failure) => `Asserted ${failure}.`)],
  };
}

function parseAssertion(text: string): Assertion {
  const [, name, sign, digits, unit] =
    /^([\w.]+)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)$/.exec(text) ?? [];
  if (name === undefined || sign === undefined) {
    throw new RangeError(`Cannot read the assertion "${text}"`);
  }
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  if (metric === undefined) {
    throw new RangeError(`Cannot assert "${name}": there is no such metric`);
  }
  const factor = metric.isTime ? unitOf(unit!) : unit === "" ? 1 : undefined;
  if (factor === undefined) {
    throw new RangeError(
      metric.isTime
        ? `Cannot read the assertion "${text}": a time needs one of the units us, ms, s`
        : `Cannot read the assertion "${text}": ${name} has no unit`,
    );
  }
  const bound = Number(digits) * factor;
  return {
    text,
    failureOf(result) {
      const value = metric.of(result);
      if (value === undefined) return `${text}: there was nothing to measure`;
      if (COMPARISONS[sign]!(value, bound)) return undefined;
      return `${text}: it was ${metric.isTime ? `${(value / 1000).toFixed(2)} ms` : value}`;
    },
  };
}

function unitOf(unit: string): number | undefined {
  return Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
}

function latency(of: (result: BenchmarkResult) => number | undefined): Metric {
  return { isTime: true, of };
}

function number(of: (result: BenchmarkResult) => number): Metric {
  return { isTime: false, of };
}

function percentileOf({ longPercentiles }: BenchmarkResult, percent: number) {
  return longPercentiles?.find((each) => each.percent === percent)?.microseconds;
}
