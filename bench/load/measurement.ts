import type { ErrorCount } from "./error_tally.ts";
import type { GeneratorMeasurement } from "./generator_health.ts";
import type { HistogramSnapshot, IntervalLatencies } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";

/** What the traffic of a run has measured, as a part of its {@link Measurement}. */
export interface TrafficMeasurement {
  /** From the first message sent to the end of sending or the last delivery, whichever is later. */
  readonly durationSeconds: number;
  /** From the first message sent to the end of sending. */
  readonly sendingSeconds: number;
  /** How long deliveries were waited for when sending had ended. */
  readonly waitSeconds: number;
  /** Threads that had something to send. */
  readonly sendingThreads: number;
  /** Those of them in which sending ended early, because no connection was left that could send. */
  readonly desertedThreads: number;
  /** Messages that would still have been due in these. */
  readonly forsaken: number;
  /** Messages sent. */
  readonly messages: number;
  readonly deliveries: LedgerTotals;
  /** Deliveries that came in another order than to other receivers; absent where not checked. */
  readonly orderViolations?: number | undefined;
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
  /** How late messages were sent. Only where there is a time at which they are due. */
  readonly slip?: HistogramSnapshot | undefined;
  /** Messages that were due and were not sent. */
  readonly unsent: number;
  /** Messages that had not come to everybody when half of the time was over. */
  readonly inFlightHalfway: number;
  /** Messages that had not come to everybody when sending ended. */
  readonly leftInFlight: number;
  /** How long nothing had come in when sending ended. */
  readonly silentSeconds: number;
  /** How the load tester's own thread did. */
  readonly generator: GeneratorMeasurement;
  /** One entry a second. */
  readonly samples: Samples;
}

/**
 * What one run of a scenario has measured: plain data, which can be sent to another thread, and of
 * which every part can be added to that of another run.
 */
export interface Measurement extends TrafficMeasurement {
  /** Connections that TCP has connected. A full accept queue may connect some that nobody serves. */
  readonly connected: number;
  /** Connections on which the server has said something. */
  readonly greeted: number;
  /** Connections that the server has let in. */
  readonly joined: number;
  /** How long it took until it was known of every connection whether it has joined. */
  readonly joinSeconds: number;
  /** Of every connection, from its start until TCP had connected it. */
  readonly connectTimes: HistogramSnapshot;
  /** Of every connection that joined, from its start until it had. */
  readonly joinTimes: HistogramSnapshot;
  readonly errors: readonly ErrorCount[];
  /** True when the run was ended before its time. */
  readonly interrupted: boolean;
}

/** What was sent and received in each second of a run, one entry per second in each list. */
export interface Samples {
  /** When each second ended, in seconds from the start of the run. */
  readonly ends: readonly number[];
  /** Deliveries a second. */
  readonly deliveries: readonly number[];
  /** Bytes a second. */
  readonly bytes: readonly number[];
  /** Latencies of that second; `null` where nothing came in. */
  readonly latencies: readonly (IntervalLatencies | null)[];
  /** Messages sent in that second. */
  readonly messages: readonly number[];
  /** Deliveries found missing in that second; below 0 where more late ones came in. */
  readonly missing: readonly number[];
  /** Errors in that second. */
  readonly errors: readonly number[];
}
