import { counted } from "../format.ts";
import { type Metrics, TRAFFIC_METRICS } from "./metrics.ts";
import type { RunFaults } from "../load/progress.ts";
import type { BenchmarkResult } from "./result.ts";

const UNITS: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1000, s: 1_000_000 };

/** Shorter times are printed in microseconds. */
const LEAST_MICROSECONDS_IN_MILLISECONDS = 10;

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
};

/** Whether a value that never decreases has broken a comparison for good. */
const OUT_OF_REACH: Readonly<Record<string, (seen: number, bound: number) => boolean>> = {
  "<": (seen, bound) => seen >= bound,
  "<=": (seen, bound) => seen > bound,
  "=": (seen, bound) => seen > bound,
};

/** A condition for a result, such as `p99<50ms`. */
export interface Assertion<Result = BenchmarkResult> {
  /** Name of the metric. */
  readonly metric: string;
  /** As it was given. */
  readonly text: string;
  /** The reason why a result does not fulfil it, as a sentence; `undefined` if it does. */
  readonly failureOf: (result: Result) => string | undefined;
  /** Whether a run with these faults so far can no longer fulfil it. */
  readonly isOutOfReach: (faults: RunFaults) => boolean;
}

/** The syntax of an assertion and the names of the metrics, for error messages. */
export function assertionSyntax<Result>(metrics: Metrics<Result>): string {
  return "An assertion is a metric, one of < <= > >= =, and a number, such as p99<50ms or lost=0. " +
    `Times have the unit us, ms or s. Metrics: ${Object.keys(metrics).join(" ")}.`;
}

/**
 * Reads assertions with commas between them, about a result of `broadcast` or `echo`.
 *
 * @throws {RangeError} with a sentence that names the error; {@link assertionSyntax} describes the
 *   syntax.
 */
export function parseAssertions(text: string): Assertion[];
/** Reads assertions about another kind of result, which has its own metrics. */
export function parseAssertions<Result>(
  text: string,
  metrics: Metrics<Result>,
): Assertion<Result>[];
export function parseAssertions(
  text: string,
  metrics: Metrics<BenchmarkResult> = TRAFFIC_METRICS,
): Assertion[] {
  return text.split(",").map((part) => parseAssertion(part.trim(), metrics));
}

/** Adds the assertions that a result does not fulfil to its failures. */
export function withAssertions<Result extends { readonly failures: readonly string[] }>(
  result: Result,
  assertions: readonly Assertion<Result>[],
): Result {
  const unmet = assertions.flatMap((assertion) => assertion.failureOf(result) ?? []);
  return {
    ...result,
    failures: [...result.failures, ...unmet.map((failure) => `Asserted ${failure}.`)],
  };
}

function parseAssertion<Result>(text: string, metrics: Metrics<Result>): Assertion<Result> {
  // The only metric with a word as value: no delivery came in another order.
  const [, name, sign, digits, unit] =
    /^([\w.]+)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)$/.exec(
      text.replace(/^order\s*=\s*total$/, "order=0"),
    ) ?? [];
  if (name === undefined || sign === undefined) {
    throw new RangeError(`Invalid assertion "${text}"`);
  }
  const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  if (metric === undefined) {
    throw new RangeError(`Unknown metric "${name}"`);
  }
  const factor = metric.isTime ? unitOf(unit!) : unit === "" ? 1 : undefined;
  if (factor === undefined) {
    throw new RangeError(
      metric.isTime
        ? `Invalid assertion "${text}": a time needs one of the units us, ms, s`
        : `Invalid assertion "${text}": ${name} has no unit`,
    );
  }
  const bound = Number(digits) * factor;
  const isLost = OUT_OF_REACH[sign];
  return {
    ...{ text, metric: name },
    isOutOfReach(faults) {
      const seen = Object.hasOwn(faults, name) ? faults[name as keyof RunFaults] : undefined;
      return seen !== undefined && isLost !== undefined && isLost(seen, bound);
    },
    failureOf(result) {
      const value = metric.of(result);
      if (value === undefined) return `${text}: nothing was measured`;
      if (COMPARISONS[sign]!(value, bound)) {
        const unchecked = metric.uncheckedOf?.(result) ?? 0;
        if (unchecked === 0) return undefined;
        return `${text}: ${counted(unchecked, "delivery", "deliveries")} could not be checked`;
      }
      if (name === "order") {
        const deliveries = counted(value, "delivery", "deliveries");
        return `${text}: ${deliveries} arrived in another order than at other receivers`;
      }
      return `${text}: it was ${metric.isTime ? shownTime(value) : value}`;
    },
  };
}

/** Two decimals, in milliseconds unless the time is too short. */
function shownTime(microseconds: number): string {
  return microseconds < LEAST_MICROSECONDS_IN_MILLISECONDS
    ? `${microseconds.toFixed(2)} µs`
    : `${(microseconds / 1000).toFixed(2)} ms`;
}

function unitOf(unit: string): number | undefined {
  return Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
}
