import type { AlarmHandle } from "../load/alarm.ts";
import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import type { Measurement } from "../load/measurement.ts";
import type { BenchmarkProgress } from "./progress.ts";
import type { WorkerContext } from "../scenarios/scenario.ts";
import type { WorkerAssignment } from "./worker_assignment.ts";

/** What a network worker is told. */
export type WorkerCommand =
  | {
    readonly type: "start";
    /** Which of the threads it is, from 0. */
    readonly thread: number;
    /** There is no other thread. */
    readonly isAlone: boolean;
    readonly assignment: WorkerAssignment;
    readonly memory?: WorkerContext["memory"];
    /** The `performance.timeOrigin` that all threads count from. */
    readonly timeOrigin: number;
    readonly runId: string;
    /** Where there is a rate. */
    readonly alarm?: AlarmHandle;
  }
  /** All threads have come to the place where they meet. */
  | { readonly type: "go" }
  | { readonly type: "stop" };

/** What a network worker tells. The last one is `finished` or `failed`. */
export type WorkerReport =
  | { readonly type: "progress"; readonly progress: BenchmarkProgress }
  /** A second has been sampled. Only where there are other threads. */
  | { readonly type: "interval"; readonly latencies: HistogramSnapshot }
  /** It has come to a place where all threads meet, and waits for `go`. */
  | { readonly type: "waiting" }
  | { readonly type: "finished"; readonly measurement: Measurement }
  /** Something is wrong with the load tester itself. */
  | { readonly type: "failed"; readonly error: unknown };
