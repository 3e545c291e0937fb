import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import type { Alarm } from "./alarm.ts";
import type { BenchmarkProgress } from "./progress.ts";

/** An action on the server: kill it, or start another one in its place. */
export type ServerService = "kill" | "start";

/** The environment of a scenario in one thread. */
export interface RunContext {
  /** Milliseconds with fractions, from any point, never back: `performance.now`. */
  readonly now: () => number;
  /** Distinguishes this run's connections and messages from those of other runs; see `newRunId`. */
  readonly runId: string;
  /** Ends the run early. The result has the measurements until then. */
  readonly signal: AbortSignal;
  /** Receives the progress about once per second and when another stage begins. */
  readonly onProgress: (progress: BenchmarkProgress) => void;
  /** Receives the latencies of every sampled second. Absent in an only thread. */
  readonly onInterval?: ((latencies: HistogramSnapshot) => void) | undefined;
  /** The part of this thread. Default: it is the only one. */
  readonly worker?: WorkerContext;
  /** Wakes this thread when a message is due. Default: a timer. */
  readonly alarm?: Alarm;
  /** Time limits of the wait for late deliveries. */
  readonly drain: DrainLimits;
  /** Runs an action on the server once all threads have called it. Rejects if that fails. */
  readonly call?: (service: ServerService) => Promise<void>;
}

/** The part of a thread in a shared load. */
export interface WorkerContext {
  /** From 0. */
  readonly thread: number;
  /** Connections of all threads. Default: those of this one. */
  readonly totalConnections?: number;
  /** Number of connections of the threads before this one. */
  readonly firstConnection: number;
  /** Number of senders of the threads before this one. */
  readonly firstSender: number;
  /** Delay of the first message, in seconds. */
  readonly delaySeconds: number;
  /** Memory shared by the threads, one for each load that they share. */
  readonly memories?: readonly RunMemory[];
  /**
   * Waits until all threads that have not finished have called it.
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
  /** Missing deliveries of overtaken messages are lost when nothing has arrived for this long. After an
   * interruption this is the limit for all messages. */
  readonly quiet: number;
  /** When nothing is missing, duplicates of the last messages are awaited for this long. */
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
