/**
 * What the results of the scenarios can be held against that have one of their own kind.
 *
 * @module
 */

import type { LatencySummary } from "../ledger/latency_histogram.ts";
import { sumOfTotals } from "../ledger/ledger_totals.ts";
import { deliveryMetrics, ERRORS, type Metrics, number, time } from "../results/metrics.ts";
import type { BacklogResult } from "./backlog.ts";
import type { ChurnResult } from "./churn.ts";
import type { CodecResult } from "./codec.ts";
import type { ConnectStormResult } from "./connect.ts";
import type { RestartResult } from "./restart.ts";
import type { RoomsResult } from "./rooms.ts";
import type { RoundsResult } from "./rounds.ts";
import type { StallResult } from "./stall.ts";

/** Of `connect`: the latencies are those of joining, unless another stage is named. */
export const CONNECT_METRICS: Metrics<ConnectStormResult> = {
  ...latencyMetrics("", (result) => result.joinMicroseconds),
  ...latencyMetrics("connect.", (result) => result.connectMicroseconds),
  ...latencyMetrics("greet.", (result) => result.greetMicroseconds),
  connected: number((result) => result.connected),
  greeted: number((result) => result.greeted),
  joined: number((result) => result.joined),
  ...ERRORS,
};

/** Of `backlog`: `max` is when the last client was connected. */
export const BACKLOG_METRICS: Metrics<BacklogResult> = {
  max: time(({ steps }) => steps.length === 0 ? undefined : steps.at(-1)!.toMilliseconds * 1000),
  held: number((result) => result.held ?? undefined),
  connected: number((result) => result.connected),
  greeted: number((result) => result.greeted),
  refused: number((result) => result.refused),
  timedout: number((result) => result.timedOut),
  overflows: number((result) => result.listenOverflows ?? undefined),
  ...ERRORS,
};

/** Of `codec`: a message in the dearest direction of a codec, and the median of each. */
export const CODEC_METRICS: Metrics<CodecResult> = {
  p50: time((result) => dearest(result)?.p50),
  p99: time((result) => dearest(result)?.p99),
  mean: time((result) => dearest(result)?.mean),
  "text.encode": medianOf("text, encode"),
  "text.decode": medianOf("text, decode"),
  "json.encode": medianOf("JSON, encode"),
  "json.decode": medianOf("JSON lines, decode"),
  "length.encode": medianOf("length-prefixed JSON, encode"),
  "length.decode": medianOf("length-prefixed JSON, decode"),
};

/** Of `rounds`: a round is the time until the last receiver has a message, in the largest crowd. */
export const ROUNDS_METRICS: Metrics<RoundsResult> = {
  p50: time((result) => largest(result)?.p50),
  p99: time((result) => largest(result)?.p99),
  mean: time((result) => largest(result)?.mean),
  ...deliveryMetrics(({ sizes }) => sumOfTotals(sizes.map(({ deliveries }) => deliveries))),
  joined: number((result) => result.joined),
  ...ERRORS,
};

/** Of `churn`: the latencies are those of the standing crowd while others come and leave. */
export const CHURN_METRICS: Metrics<ChurnResult> = {
  ...latencyMetrics("", (result) => result.churnMicroseconds),
  ...latencyMetrics("quiet.", (result) => result.quietMicroseconds),
  ...latencyMetrics("join.", (result) => result.joinMicroseconds),
  ...deliveryMetrics((result) => result.deliveries),
  joined: number((result) => result.joined),
  "churn.joined": number((result) => result.churn.joined),
  "churn.failed": number((result) => result.churn.failed),
  ...ERRORS,
};

/** Of `rooms`: of all rooms together. */
export const ROOMS_METRICS: Metrics<RoomsResult> = {
  ...latencyMetrics("", (result) => result.latencyMicroseconds),
  ...deliveryMetrics((result) => result.deliveries),
  messages: number((result) => result.messages),
  joined: number((result) => result.joined),
  ...ERRORS,
};

/** Of `stall`: latencies and deliveries are those of the readers while some do not read. */
export const STALL_METRICS: Metrics<StallResult> = {
  ...latencyMetrics("", (result) => result.latencyDuringMicroseconds),
  ...latencyMetrics("before.", (result) => result.latencyBeforeMicroseconds),
  ...deliveryMetrics((result) => result.readers),
  "stalled.skipped": number((result) => result.stalledDeliveries.skipped),
  "stalled.lost": number((result) => result.stalledDeliveries.lost),
  disconnected: number((result) => result.disconnected),
  messages: number((result) => result.messages),
  joined: number((result) => result.joined),
  ...ERRORS,
};

/** Of `restart`: the latencies are from when the new server listens until a member is back, and the
 * deliveries those of the talk afterwards. */
export const RESTART_METRICS: Metrics<RestartResult> = {
  ...latencyMetrics("", (result) => result.backMicroseconds),
  down: time((result) => microseconds(result.downSeconds)),
  allback: time((result) => microseconds(result.allBackSeconds)),
  ...deliveryMetrics((result) => result.deliveriesAfter),
  cutoff: number((result) => result.deliveriesBefore.cutOff),
  back: number((result) => result.back),
  attempts: number((result) => result.attempts),
  joined: number((result) => result.joined),
  ...ERRORS,
};

function latencyMetrics<Result>(
  prefix: string,
  of: (result: Result) => LatencySummary | null,
): Metrics<Result> {
  return Object.fromEntries(
    (["p50", "p99", "max", "mean"] as const).map((name) => [
      prefix + name,
      time<Result>((result) => of(result)?.[name]),
    ]),
  );
}

/** Microseconds a message in the codec and direction that takes longest. */
function dearest({ tasks }: CodecResult): { p50: number; p99: number; mean: number } | undefined {
  const timings = tasks.flatMap(({ messageNanoseconds }) => messageNanoseconds ?? []);
  const most = timings.toSorted((one, other) => other.p50 - one.p50)[0];
  if (most === undefined) return undefined;
  return { p50: most.p50 / 1000, p99: most.p99 / 1000, mean: most.mean / 1000 };
}

function medianOf(task: string) {
  return time<CodecResult>(({ tasks }) => {
    const timing = tasks.find((each) => each.task === task)?.messageNanoseconds;
    return timing === null || timing === undefined ? undefined : timing.p50 / 1000;
  });
}

function largest({ sizes }: RoundsResult) {
  return sizes.toSorted((one, other) => one.receivers - other.receivers).at(-1)?.roundMicroseconds;
}

function microseconds(seconds: number | null): number | undefined {
  return seconds === null ? undefined : seconds * 1_000_000;
}
