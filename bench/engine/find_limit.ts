import { type Assertion, withAssertions } from "../results/assertions.ts";
import { RATES } from "../load/pacer.ts";
import type { BenchmarkResult } from "../results/result.ts";
import type { LimitVerdict } from "../results/verdict.ts";

/** The search ends when the lowest rate that failed is at most 5 % above the highest that held. */
const PRECISION = 1.05;

/** Maximum of runs at a rate at which the load tester itself was too slow. */
const ATTEMPTS = 3;

/** The conditions and the range of a search. */
export interface LimitSearch {
  /** Conditions besides a run without failures. */
  readonly assertions: readonly Assertion[];
  /** The first rate, in messages per second. */
  readonly from: number;
  /** The highest rate, in messages per second. */
  readonly to: number;
  /** Makes a run at a rate. */
  readonly run: (rate: number) => Promise<BenchmarkResult>;
  /** Waits until the load tester's machine is quiet, with a time limit. Default: does not wait. */
  readonly untilQuiet?: () => Promise<void>;
  /** Called after every run, also those that are repeated. */
  readonly onStep?: (step: LimitStep) => void;
}

/** A run at one rate. */
export interface LimitStep {
  /** Requested messages per second. */
  readonly rate: number;
  /** From 1: higher if the load tester itself was too slow in the runs before at this rate. */
  readonly run: number;
  /** Whether everything held. */
  readonly held: boolean;
  /** Reasons why it did not, one sentence each. */
  readonly failures: readonly string[];
  /** Messages sent per second. */
  readonly messagesPerSecond: number;
  /** Median of the latency; `null` without deliveries. */
  readonly p50Microseconds: number | null;
  /** 99th percentile of the latency; `null` without deliveries. */
  readonly p99Microseconds: number | null;
  /** Longest latency; `null` without deliveries. */
  readonly maxMicroseconds: number | null;
  /** Deliveries lost. */
  readonly lost: number;
  /** Errors of all kinds. */
  readonly errors: number;
  /** The limiting factor. */
  readonly limitedBy: LimitVerdict["limitedBy"];
}

/** Result of a search. `--json` prints it. */
export interface LimitResult {
  /** The assertions that a rate had to fulfil. */
  readonly assertions: readonly string[];
  /** The highest rate that held, in messages per second; `null` if none did. */
  readonly highestRate: number | null;
  /** The lowest rate above it that did not hold; `null` if all that were tried did. */
  readonly lowestFailedRate: number | null;
  /** The limiting factor at the lowest rate that failed. If it was the load tester itself, the server
   * may hold more. */
  readonly limitedBy: LimitVerdict["limitedBy"];
  /** False if the load tester itself was too slow in all runs at the lowest rate that failed: the
   * server holds the highest rate, and may hold more. */
  readonly isTrustworthy: boolean;
  /** The run that counts of every rate that was tried, by rate. */
  readonly curve: readonly LimitStep[];
  /** Connections that joined in the last run; 0 if none could. */
  readonly joined: number;
  /** True if the search was interrupted. */
  readonly interrupted: boolean;
}

/**
 * Finds the highest rate at which everything holds.
 *
 * 1. The rate is doubled until a run fails, or the highest rate has held.
 * 2. Then the rate between the two is tried, until they are 5 % apart.
 * 3. A run that fails where the load tester itself was the slowest, or where it made most of the
 *    latency, is made again once its machine is quiet, up to three times. If it fails each time, the
 *    result is not trustworthy.
 * 4. A search that is interrupted, or where no connection can join, reports what is known.
 */
export async function findLimit(
  { assertions, from, to, run, untilQuiet, onStep }: LimitSearch,
): Promise<LimitResult> {
  const curve: LimitStep[] = [];
  let held: number | undefined;
  let failed: LimitStep | undefined;
  let joined = 0;
  let interrupted = false;
  let isTrustworthy = true;
  for (let rate: number | undefined = from; rate !== undefined;) {
    let result = withAssertions(await run(rate), assertions);
    let step = stepOf(rate, result, 1);
    for (let attempt = 2; attempt <= ATTEMPTS && isOwnFault(result); attempt++) {
      onStep?.(step);
      await untilQuiet?.();
      result = withAssertions(await run(rate), assertions);
      step = stepOf(rate, result, attempt);
    }
    ({ joined, interrupted } = result);
    if (interrupted) break;
    curve.push(step);
    onStep?.(step);
    if (step.held) held = rate;
    else {
      failed = step;
      isTrustworthy = !isOwnFault(result);
    }
    if (joined === 0) break;
    rate = nextRate(held, failed?.rate, to);
  }
  return {
    assertions: assertions.map(({ text }) => text),
    highestRate: held ?? null,
    lowestFailedRate: failed?.rate ?? null,
    limitedBy: failed?.limitedBy ?? null,
    isTrustworthy,
    curve: curve.toSorted((a, b) => a.rate - b.rate),
    joined,
    interrupted,
  };
}

/** The next rate; `undefined` when the limit is found. */
function nextRate(
  held: number | undefined,
  failed: number | undefined,
  to: number,
): number | undefined {
  if (held === undefined) return undefined;
  if (failed === undefined) return held >= to ? undefined : Math.min(held * 2, to);
  const middle = Math.round((held + failed) / 2);
  return failed / held <= PRECISION || middle === held || middle === failed ? undefined : middle;
}

/** Share of the latency from which on the load tester counts as its cause. */
const OWN_PART = 0.5;

/** Whether a run failed where the load tester itself was the slowest, or made most of the latency. */
function isOwnFault(
  { failures, verdict, interrupted, slipMicroseconds, latencyMicroseconds }: BenchmarkResult,
): boolean {
  if (failures.length === 0 || interrupted) return false;
  const slip = slipMicroseconds?.p99 ?? 0;
  const isOwnLatency = verdict.limitedBy !== "server" && slip > 0 &&
    slip >= OWN_PART * (latencyMicroseconds?.p99 ?? Infinity);
  return verdict.limitedBy === "client" || isOwnLatency;
}

function stepOf(rate: number, result: BenchmarkResult, run: number): LimitStep {
  const latency = result.latencyMicroseconds;
  return {
    ...{ rate, run },
    held: result.failures.length === 0,
    failures: result.failures,
    messagesPerSecond: result.messagesPerSecond,
    p50Microseconds: latency?.p50 ?? null,
    p99Microseconds: latency?.p99 ?? null,
    maxMicroseconds: latency?.max ?? null,
    lost: result.deliveries.lost,
    errors: result.errors.reduce((sum, { count }) => sum + count, 0),
    limitedBy: result.verdict.limitedBy,
  };
}

/**
 * Checks the range of a search.
 *
 * @throws {RangeError} with the valid range.
 */
export function checkSearch(from: number, to: number): void {
  if (from >= RATES.least && to <= RATES.most && from <= to) return;
  throw new RangeError(
    `Cannot search for a limit from ${from} to ${to} messages per second: use ${RATES.least} ` +
      `to ${RATES.most}, the lower one first`,
  );
}
