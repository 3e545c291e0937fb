import type { Alarm } from "../load/alarm.ts";
import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import type { Measurement } from "../load/measurement.ts";
import type { FullOptions } from "../load/options.ts";
import type { BenchmarkProgress } from "../engine/progress.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import type { TrialTraffic } from "./trial_traffic.ts";

/** What a scenario needs from whoever runs it. */
export interface Environment {
  /** Milliseconds with fractions, from any point, never back: `performance.now`. */
  readonly now: () => number;
  /** Tells this run's connections and messages from those of other runs; see `newRunId`. */
  readonly runId: string;
  /** Ends the run early. What was measured until then is the result. */
  readonly signal: AbortSignal;
  /** Told how far the run is, about once a second and when another stage begins. */
  readonly onProgress: (progress: BenchmarkProgress) => void;
  /** Told the latencies of every second that is sampled. Only where there are other threads. */
  readonly onInterval?: ((latencies: HistogramSnapshot) => void) | undefined;
  /** The other threads that carry a part of the load, and the place among them. Default: none. */
  readonly team?: WorkerContext;
  /** Wakes this thread when a message is due. Default: a timer. */
  readonly alarm?: Alarm;
  /** Told what became of the messages of a trial, for its verdict. */
  readonly onTraffic?: (traffic: TrialTraffic) => void;
  /** How long late deliveries are waited for at the end. */
  readonly drain: DrainLimits;
}

/** The place of a thread among those that share a load. */
export interface WorkerContext {
  /** From 0. */
  readonly thread: number;
  /** How many connections all threads have. Default: there is one thread. */
  readonly connections?: number;
  /** How many connections the threads before this one have. */
  readonly firstConnection: number;
  /** How many senders the threads before this one have. */
  readonly firstSender: number;
  /** How much later than at once messages are due, in seconds. */
  readonly delaySeconds: number;
  /** What the threads know together, where they have to: of the warm-up, and of what counts. */
  readonly memory?: { readonly warmUp: RunMemory; readonly run: RunMemory };
  /** Waits until all threads that have not finished have come to this place. */
  readonly meet: () => Promise<void>;
}

/** One thread, which carries the whole load. */
export const ALONE: WorkerContext = {
  thread: 0,
  firstConnection: 0,
  firstSender: 0,
  delaySeconds: 0,
  meet: () => Promise.resolve(),
};

/** Bounds, in milliseconds, of the wait at the end for what is not expected to come any more. */
export interface DrainLimits {
  /** What is missing though later messages have come in is lost when nothing has come in for so long.
   * So long everything is waited for where a run was ended early. */
  readonly quiet: number;
  /** When nothing is missing, doubles of the last messages are waited for this much longer. */
  readonly settle: number;
}

/** What holds unless a test wants it shorter. */
export const DRAIN_LIMITS: DrainLimits = { quiet: 2000, settle: 100 };

/**
 * What a crowd of connections does.
 *
 * A scenario opens its connections, measures and closes them. It knows nothing of threads, terminals
 * or how a result is shown. What goes wrong with the server is part of what it measures; it rejects
 * only if something is wrong with the load tester.
 */
export type Scenario = (options: FullOptions, environment: Environment) => Promise<Measurement>;
