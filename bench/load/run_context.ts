import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import type { Alarm } from "./alarm.ts";
import type { BenchmarkProgress } from "./progress.ts";

/** What a scenario can have done to the server: kill it, and start one in its place. */
export type ServerService = "kill" | "start";

/** What a scenario needs of its surroundings, in one thread. */
export interface RunContext {
  /** Milliseconds with fractions, from any point, never back: `performance.now`. */
  readonly now: () => number;
  /** Distinguishes this run's connections and messages from those of other runs; see `newRunId`. */
  readonly runId: string;
  /** Ends the run early. What was measured until then is the result. */
  readonly signal: AbortSignal;
  /** Receives the progress about once a second and when another stage begins. */
  readonly onProgress: (progress: BenchmarkProgress) => void;
  /** Receives the latencies of every second that is sampled. Only where there are other threads. */
  readonly onInterval?: ((latencies: HistogramSnapshot) => void) | undefined;
  /** The place among the threads that share the load. Default: there is one thread. */
  readonly worker?: WorkerContext;
  /** Wakes this thread when a message is due. Default: a timer. */
  readonly alarm?: Alarm;
  /** How long late deliveries are waited for at the end. */
  readonly drain: DrainLimits;
  /** Has something done to the server once all threads have asked for it. Rejects if that fails. */
  readonly call?: (service: ServerService) => Promise<void>;
}

/** The place of a thread among those that share a load. */
export interface WorkerContext {
  /** From 0. */
  readonly thread: number;
  /** How many connections all threads have. */
  readonly connections?: number;
  /** How many connections the threads before this one have. */
  readonly firstConnection: number;
  /** How many senders the threads before this one have. */
  readonly firstSender: number;
  /** How much later than at once messages are due, in seconds. */
  readonly delaySeconds: number;
  /** What the threads share, one for each load of the scenario that they carry together. */
  readonly memories?: readonly RunMemory[];
  /**
   * Waits until all threads that have not finished have come to this place.
   *
   * @param agrees this thread's vote. Default: true.
   * @returns whether all threads agree.
   */
  readonly meet: (agrees?: boolean) => Promise<boolean>;
}

/** One thread, which carries the whole load. */
export const ALONE: WorkerContext = {
  thread: 0,
  firstConnection: 0,
  firstSender: 0,
  delaySeconds: 0,
  meet: (agrees = true) => Promise.resolve(agrees),
};

/** Bounds, in milliseconds, of the wait at the end for deliveries that are not expected any more. */
export interface DrainLimits {
  /** Missing deliveries, though later messages have come in, are lost when nothing has come in for this
   * long. After a run that was ended early everything is waited for as long as this. */
  readonly quiet: number;
  /** When nothing is missing, duplicates of the last messages are waited for this much longer. */
  readonly settle: number;
}

/** The limits of every run; tests have shorter ones. */
export const DRAIN_LIMITS: DrainLimits = { quiet: 2000, settle: 100 };

/** Waits for a time, or until the signal. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
