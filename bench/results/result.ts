import { type Distribution, distributionOf } from "./distribution.ts";
import { type ErrorCount, runFailures } from "../load/error_tally.ts";
import { counted } from "../format.ts";
import {
  LatencyHistogram,
  type LatencyPoint,
  type LatencySummary,
} from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import type { Measurement } from "../load/measurement.ts";
import type { FullOptions, ScenarioName, Target } from "../load/options.ts";
import type { PayloadSource } from "../ledger/padding.ts";
import { meanRate, type Pace } from "../load/pacer.ts";
import type { ProfileName } from "../profiles/mod.ts";
import { deliveryFailures, joinFailures } from "./failures.ts";
import { loadHealth } from "./load_health.ts";
import { type KnownServer, type RunHealth, summaryOf, UNKNOWN_SERVER } from "./run_health.ts";
import { threadsText } from "./verdict.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** The fields of every result. As JSON it is part of what `--json` prints. */
export interface ScenarioResult {
  /** Errors by phase and code. */
  readonly errors: readonly ErrorCount[];
  /** Reasons why it failed, one sentence each. Empty if it passed. */
  readonly failures: readonly string[];
  /** True if the run was interrupted. The measurements until then are valid. */
  readonly interrupted: boolean;
}

/** The fields of every result of a loaded server. */
export interface ServerScenarioResult extends ScenarioResult {
  /** The kind of server. */
  readonly profile: ProfileName;
  /** Address of the server. */
  readonly target: Target;
  /** Requested number of connections. */
  readonly connections: number;
  /** Connections that the server has admitted. */
  readonly joined: number;
}

/** Result of a benchmark, which `--json` prints; the names of the fields are final. */
export interface BenchmarkResult extends Omit<ServerScenarioResult, "profile">, RunHealth {
  /** The scenario of the connections. */
  readonly scenario: ScenarioName;
  /** The kind of server. */
  readonly profile: string;
  /** Requested connections per second; `null` if they were opened as fast as 64 at a time connect. */
  readonly connectRate: number | null;
  /** Number of connections that send. */
  readonly senders: number;
  /** Messages in flight per sender. */
  readonly pipelining: number;
  /** Bytes of text per message. */
  readonly payloadBytes: number;
  /** Kind of the text. */
  readonly payloadKind: PayloadSource["kind"];
  /** From the first message sent to the end of sending or the last delivery, whichever is later. */
  readonly durationSeconds: number;
  /** From the first message sent to the end of sending. */
  readonly sendingSeconds: number;
  /** Time until every connection had joined or failed. */
  readonly joinSeconds: number;
  /** Messages sent. */
  readonly messages: number;
  /** Counted by the ledger, with the mean rate over `durationSeconds`. */
  readonly deliveries: LedgerTotals & { readonly perSecond: number };
  /** Deliveries that came in another order than to other receivers; `null` if not checked. */
  readonly orderViolations: number | null;
  /** Deliveries whose order could not be checked, since receivers that do not send did not get their
   * messages in time; `null` if not checked. */
  readonly orderUnchecked: number | null;
  /** Bytes read from the server during the run, with the mean rate over `durationSeconds`. */
  readonly bytes: { readonly received: number; readonly perSecond: number };
  /** From the time a message was written (with a rate: was due) to the reading of each of its
   * deliveries, in microseconds. `null` without deliveries. */
  readonly latencyMicroseconds: LatencySummary | null;
  /** Fifteen percentiles of the same, from 0.001 to 99.999. */
  readonly longPercentiles: readonly LatencyPoint[] | null;
  /** Of every message, to the first of its receivers. */
  readonly firstLatencyMicroseconds: LatencySummary | null;
  /** Of every message that reached all its receivers, to the last of them. */
  readonly lastLatencyMicroseconds: LatencySummary | null;
  /** Of the same messages, from the time each was written or the previous message of its sender had
   * reached all, whichever is later: the figure of a tool that waits before it sends the next one. */
  readonly serviceMicroseconds: LatencySummary | null;
  /** Threads that shared the connections. */
  readonly workers: number;
  /** Time of the warm-up, whose messages are in none of these figures. */
  readonly warmUpSeconds: number;
  /** Repeats the same traffic when passed to `--seed`; `null` if it was random. */
  readonly seed: number | null;
  /** Requested messages per second; `null` in a closed loop. */
  readonly rate: Pace | null;
  /** Messages sent per second, over `sendingSeconds`. */
  readonly messagesPerSecond: number;
  /** Messages that were due by the rate but were not sent. */
  readonly unsent: number;
  /** Delay between the time messages were due and the time they were sent. The latencies include it. */
  readonly slipMicroseconds: LatencySummary | null;
  /** Number of sampled seconds in the two distributions below. */
  readonly samples: number;
  /** `null` without samples. */
  readonly deliveriesPerSecond: Distribution | null;
  /** `null` without samples. */
  readonly bytesPerSecond: Distribution | null;
  /** The curve of `latencyMicroseconds`; empty without deliveries. */
  readonly latencyPercentiles: readonly LatencyPoint[];
  /** The run second by second. */
  readonly series: readonly SecondSample[];
  /** Connections that TCP has connected. */
  readonly connected: number;
  /** Connections on which the server has sent something. */
  readonly greeted: number;
  /** From the start of a connection until TCP had connected it; `null` without any. */
  readonly connectMicroseconds: LatencySummary | null;
  /** From the start of a connection until the server had admitted it; `null` without any. */
  readonly joinMicroseconds: LatencySummary | null;
  /** The same as a curve. */
  readonly joinPercentiles: readonly LatencyPoint[];
}

/** One second of a run. */
export interface SecondSample {
  /** The end of the second, in seconds from the start of the run. */
  readonly second: number;
  /** Mean over the second. */
  readonly deliveriesPerSecond: number;
  /** Mean over the second. */
  readonly bytesPerSecond: number;
  /** Messages sent in it. The sum of all samples is that of the run. */
  readonly sent: number;
  /** Requested messages per second, the mean over this second; `null` in a closed loop. */
  readonly offeredPerSecond: number | null;
  /** Deliveries found missing in it: later ones had come in, or they had expired. Negative if more of
   * them came in late. The last sample includes the losses after it. */
  readonly lost: number;
  /** Errors in it. The last sample includes those after it. */
  readonly errors: number;
  /** Median of the latencies, in microseconds; `null` without deliveries. */
  readonly p50: number | null;
  /** 99th percentile of the latencies. */
  readonly p99: number | null;
}

/** Makes the result of a run from its measurement. */
export function resultOf(
  options: FullOptions,
  measurement: Measurement,
  known: KnownServer = UNKNOWN_SERVER,
): BenchmarkResult {
  const { durationSeconds, sendingSeconds, deliveries, bytes, samples } = measurement;
  const perSecond = (count: number) =>
    durationSeconds > 0 ? Math.round(count / durationSeconds) : 0;
  return {
    scenario: options.scenario,
    profile: options.profile,
    target: options.target,
    connections: options.connections,
    connectRate: options.connectRate ?? null,
    senders: options.senders,
    pipelining: options.pipelining,
    payloadBytes: options.payloadBytes,
    payloadKind: options.payload.kind,
    durationSeconds: Math.round(durationSeconds * 1000) / 1000,
    sendingSeconds: Math.round(sendingSeconds * 1000) / 1000,
    joinSeconds: Math.round(measurement.joinSeconds * 1000) / 1000,
    messages: measurement.messages,
    orderViolations: measurement.order?.violations ?? null,
    orderUnchecked: measurement.order?.unchecked ?? null,
    deliveries: { ...deliveries, perSecond: perSecond(deliveries.received) },
    bytes: { received: bytes, perSecond: perSecond(bytes) },
    latencyMicroseconds: summaryOf(measurement.latencies),
    longPercentiles: LatencyHistogram.of(measurement.latencies).percentiles(),
    firstLatencyMicroseconds: summaryOf(measurement.firstLatencies),
    lastLatencyMicroseconds: summaryOf(measurement.lastLatencies),
    serviceMicroseconds: summaryOf(measurement.serviceTimes),
    workers: options.workers,
    warmUpSeconds: options.warmUpSeconds,
    seed: options.seed ?? null,
    rate: options.rate ?? null,
    messagesPerSecond: sendingSeconds > 0 ? Math.round(measurement.messages / sendingSeconds) : 0,
    unsent: measurement.unsent,
    slipMicroseconds: summaryOf(measurement.slip),
    ...loadHealth(
      {
        rate: typeof options.rate === "object"
          ? measurement.messages / sendingSeconds
          : options.rate ?? null,
        ...{ senders: options.senders, isWarm: options.warmUpSeconds > 0 },
      },
      measurement,
      known,
    ),
    samples: samples.length,
    deliveriesPerSecond: distributionOf(samples.map((sample) => sample.deliveries)),
    bytesPerSecond: distributionOf(samples.map((sample) => sample.bytes)),
    latencyPercentiles: LatencyHistogram.of(measurement.latencies).curve(),
    series: seriesOf(options.rate, measurement),
    connected: measurement.connected,
    greeted: measurement.greeted,
    joined: measurement.joined,
    connectMicroseconds: summaryOf(measurement.connectTimes),
    joinMicroseconds: summaryOf(measurement.joinTimes),
    joinPercentiles: LatencyHistogram.of(measurement.joinTimes).curve(),
    errors: measurement.errors,
    failures: failuresOf(options, measurement),
    interrupted: measurement.interrupted,
  };
}

/** The messages of a run second by second. */
export function seriesOf(rate: Pace | undefined, measurement: Measurement): SecondSample[] {
  const { samples } = measurement;
  const errors = measurement.errors.filter(({ phase }) => phase === "run")
    .reduce((sum, { count }) => sum + count, 0);
  const sent = withRest(samples.map(({ messages }) => messages), measurement.messages);
  const lost = lostBySecond(samples.map(({ missing }) => missing), measurement.deliveries.lost);
  const failed = withRest(samples.map(({ errors }) => errors), errors);
  return samples.map(({ end, deliveries, bytes, latencies }, index) => ({
    second: end,
    deliveriesPerSecond: deliveries,
    bytesPerSecond: bytes,
    sent: sent[index]!,
    offeredPerSecond: rate === undefined
      ? null
      : Math.round(meanRate(rate, samples[index - 1]?.end ?? 0, end)),
    lost: lost[index]!,
    errors: failed[index]!,
    p50: latencies?.p50 ?? null,
    p99: latencies?.p99 ?? null,
  }));
}

/** The counts of single seconds; the rest of the total is added to the last one. */
function withRest(counts: readonly number[], total: number): number[] {
  const rest = total - counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, index) => index === counts.length - 1 ? count + rest : count);
}

/** The deliveries that were missing since a second, and to the end. Those of the end count in the last. */
function lostBySecond(missing: readonly number[], total: number): number[] {
  let sum = 0;
  const found = missing.map((count) => sum += count);
  let left = total;
  const stillLost = found.toReversed().map((sum, index) =>
    left = index === 0 ? total : Math.max(Math.min(left, sum), 0)
  ).toReversed();
  return stillLost.map((lost, index) => lost - (stillLost[index - 1] ?? 0));
}

/** Every reason why a run does not count as passed. */
function failuresOf(options: FullOptions, measurement: Measurement): string[] {
  const { connections, target } = options;
  const { joined, deliveries, errors, interrupted } = measurement;
  const words = vocabularyOf(options.scenario);
  const failures = interrupted
    ? []
    : joinFailures(target, connections, joined, errors, words.cannotJoin);
  const { desertedThreads, sendingThreads } = measurement;
  if (desertedThreads > 0) {
    const where = threadsText(desertedThreads, sendingThreads);
    failures.push(`Sending ended early${where}: all sending connections were closed.`);
  }
  // An interruption before the first message is the reason why nothing came in.
  if (deliveries.received === 0 && !(interrupted && measurement.messages === 0)) {
    failures.push(words.nothing);
  }
  if (deliveries.lost > 0 && interrupted) {
    const lost = counted(deliveries.lost, words.delivery, words.deliveries);
    failures.push(`${lost} missing when the run was interrupted.`);
  }
  failures.push(...deliveryFailures(interrupted ? { ...deliveries, lost: 0 } : deliveries, words));
  // An interrupted run may leave messages unsent that were due at that moment.
  if (measurement.unsent > 0 && !interrupted && !errors.some(({ code }) => code === "overload")) {
    failures.push(
      `${counted(measurement.unsent, "message")} could not be sent on time.`,
    );
  }
  return [...failures, ...runFailures(errors)];
}
