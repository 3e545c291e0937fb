import type { ErrorCount } from "./error_tally.ts";
import type { Timing } from "./timing.ts";
import type { GeneratorMeasurement } from "./generator_health.ts";
import {
  type HistogramSnapshot,
  type IntervalLatencies,
  LatencyHistogram,
} from "../ledger/latency_histogram.ts";
import type { OrderCheck } from "../ledger/total_order.ts";
import { type LedgerTotals, sumOfTotals } from "../ledger/ledger_totals.ts";

/** The part of a {@link Measurement} on messages. */
export interface TrafficMeasurement {
  /** From the first message sent to the end of sending or the last delivery, whichever is later. */
  readonly durationSeconds: number;
  /** From the first message sent to the end of sending. */
  readonly sendingSeconds: number;
  /** Time spent waiting for deliveries after the end of sending. */
  readonly waitSeconds: number;
  /** Threads that had something to send. */
  readonly sendingThreads: number;
  /** Those of them in which sending ended early, because no connection was left that could send. */
  readonly desertedThreads: number;
  /** Messages that would still have been due in these. */
  readonly orphaned: number;
  /** Messages sent. */
  readonly messages: number;
  readonly deliveries: LedgerTotals;
  /** Absent where the order of all messages is not checked. */
  readonly order?: OrderCheck | undefined;
  /** Bytes received during the run. */
  readonly bytes: number;
  /** Of every delivery whose time of sending is still known. */
  readonly latencies: HistogramSnapshot;
  /** Of every message, to the first of its receivers. */
  readonly firstLatencies: HistogramSnapshot;
  /** Of every message that came to all its receivers, to the last of them. */
  readonly lastLatencies: HistogramSnapshot;
  /** Of the same messages, without the time in which they waited for those before them. */
  readonly serviceTimes: HistogramSnapshot;
  /** Delays of messages that have a time at which they are due. */
  readonly slip?: HistogramSnapshot | undefined;
  /** Messages that were due and were not sent. */
  readonly unsent: number;
  /** Messages that had not come to all receivers when half of the time was over. */
  readonly inFlightHalfway: number;
  /** Messages that had not come to all receivers when sending ended. */
  readonly leftInFlight: number;
  /** Time without any delivery before the end of sending. */
  readonly silentSeconds: number;
  readonly generator: GeneratorMeasurement;
  /** One per second. */
  readonly samples: readonly IntervalSample[];
}

/** The part of a {@link Measurement} on connections. */
export interface JoinMeasurement {
  /** Connections that TCP has connected. A full accept queue may connect some that are never served. */
  readonly connected: number;
  /** Connections on which the server has sent something. */
  readonly greeted: number;
  /** Connections that the server has admitted. */
  readonly joined: number;
  /** Time until every connection had joined or failed. */
  readonly joinSeconds: number;
  /** Of every connection, from its start until TCP had connected it. */
  readonly connectTimes: HistogramSnapshot;
  /** Of every connection that joined, from its start until it had. */
  readonly joinTimes: HistogramSnapshot;
}

/**
 * The measurements of one run of a scenario: plain data, which can be sent to another thread. Every part
 * can be added to the same part of another thread.
 */
export interface Measurement extends JoinMeasurement, TrafficMeasurement {
  readonly errors: readonly ErrorCount[];
  /** True if the run was interrupted. */
  readonly interrupted: boolean;
  /** Measurements of this scenario only. */
  readonly own?: OwnMeasurement;
}

/** Further measurements of one scenario, by name. The comments have the way in which threads are joined. */
export interface OwnMeasurement {
  /** Added. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Added. */
  readonly latencies?: Readonly<Record<string, HistogramSnapshot>>;
  /** Added. */
  readonly deliveries?: Readonly<Record<string, LedgerTotals>>;
  /** Added. */
  readonly errors?: Readonly<Record<string, readonly ErrorCount[]>>;
  /** One list after the other. */
  readonly times?: Readonly<Record<string, readonly number[]>>;
  /** The largest. */
  readonly latest?: Readonly<Record<string, number>>;
  /** That of the thread which has one. */
  readonly timings?: Readonly<Record<string, Timing | null>>;
  /** One list after the other: why the run failed, a sentence each. */
  readonly failures?: readonly string[];
}

/** The measurement without any load. */
export function noTraffic(generator: GeneratorMeasurement = IDLE_GENERATOR): TrafficMeasurement {
  const nothing = new LatencyHistogram().snapshot();
  return {
    ...{ durationSeconds: 0, sendingSeconds: 0, waitSeconds: 0, silentSeconds: 0, bytes: 0 },
    ...{ sendingThreads: 0, desertedThreads: 0, orphaned: 0, messages: 0, unsent: 0 },
    ...{ inFlightHalfway: 0, leftInFlight: 0, deliveries: sumOfTotals([]), generator },
    ...{ latencies: nothing, firstLatencies: nothing, lastLatencies: nothing },
    ...{ serviceTimes: nothing, samples: [] },
  };
}

/** Adds the measurements of loads that ran one after the other in this thread, in a closed loop. */
export function sumOfTraffic(parts: readonly TrafficMeasurement[]): TrafficMeasurement {
  if (parts.length === 0) return noTraffic();
  const sum = (of: (part: TrafficMeasurement) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const most = (of: (part: TrafficMeasurement) => number) => Math.max(...parts.map(of));
  const added = (of: (part: TrafficMeasurement) => HistogramSnapshot) =>
    LatencyHistogram.of(...parts.map(of)).snapshot();
  return {
    durationSeconds: sum(({ durationSeconds }) => durationSeconds),
    sendingSeconds: sum(({ sendingSeconds }) => sendingSeconds),
    waitSeconds: sum(({ waitSeconds }) => waitSeconds),
    sendingThreads: most(({ sendingThreads }) => sendingThreads),
    desertedThreads: most(({ desertedThreads }) => desertedThreads),
    orphaned: sum(({ orphaned }) => orphaned),
    messages: sum(({ messages }) => messages),
    deliveries: sumOfTotals(parts.map(({ deliveries }) => deliveries)),
    bytes: sum(({ bytes }) => bytes),
    latencies: added(({ latencies }) => latencies),
    firstLatencies: added(({ firstLatencies }) => firstLatencies),
    lastLatencies: added(({ lastLatencies }) => lastLatencies),
    serviceTimes: added(({ serviceTimes }) => serviceTimes),
    unsent: sum(({ unsent }) => unsent),
    inFlightHalfway: sum(({ inFlightHalfway }) => inFlightHalfway),
    leftInFlight: sum(({ leftInFlight }) => leftInFlight),
    silentSeconds: most(({ silentSeconds }) => silentSeconds),
    generator: {
      lag: added(({ generator }) => generator.lag),
      cpuSeconds: sum(({ generator }) => generator.cpuSeconds),
      processCpuSeconds: sum(({ generator }) => generator.processCpuSeconds),
      processors: most(({ generator }) => generator.processors),
      seconds: sum(({ generator }) => generator.seconds),
    },
    samples: parts.flatMap(({ samples }) => samples),
  };
}

const IDLE_GENERATOR: GeneratorMeasurement = {
  ...{ lag: new LatencyHistogram().snapshot(), cpuSeconds: 0, processCpuSeconds: 0 },
  ...{ processors: 1, seconds: 0 },
};

/** One second of a run. */
export interface IntervalSample {
  /** When it ended, in seconds from the start of the run. */
  readonly end: number;
  /** Deliveries per second. */
  readonly deliveries: number;
  /** Bytes per second. */
  readonly bytes: number;
  /** `null` without deliveries. */
  readonly latencies: IntervalLatencies | null;
  readonly messages: number;
  /** Deliveries found missing in it; below 0 where more came in late or were reported as skipped. */
  readonly missing: number;
  readonly errors: number;
}
