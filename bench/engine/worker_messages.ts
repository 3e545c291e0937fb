import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import type { AlarmHandle } from "../load/alarm.ts";
import type { Measurement } from "../load/measurement.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { ServerService, WorkerContext } from "../load/run_context.ts";
import type { Scenarios } from "../scenarios/mod.ts";

export interface WorkerTask {
  readonly scenario: keyof Scenarios;
  /** Options of the scenario for this worker's part of the load. */
  readonly options: Scenarios[keyof Scenarios]["options"];
  /** Whether it is the only worker. */
  readonly isAlone: boolean;
  readonly place: Omit<WorkerContext, "meet">;
  readonly runId: string;
}

/** Messages to a worker. */
export type WorkerCommand =
  | {
    readonly type: "start";
    readonly task: WorkerTask;
    /** The `performance.timeOrigin` that all threads count from. */
    readonly timeOrigin: number;
    /** Present if messages have a time at which they are due. */
    readonly alarm?: AlarmHandle;
  }
  /** All workers have arrived at the barrier. */
  | { readonly type: "go"; readonly isUnanimous: boolean }
  /** The service that was called last is done. */
  | { readonly type: "served" }
  | { readonly type: "stop" };

/** Messages from a worker. The last one is `finished` or `failed`. */
export type WorkerReport =
  | { readonly type: "progress"; readonly progress: BenchmarkProgress }
  /** A sampled second; not sent by an only worker. */
  | { readonly type: "interval"; readonly latencies: HistogramSnapshot }
  /** It has arrived at the barrier, and waits for `go`. */
  | { readonly type: "waiting"; readonly agrees: boolean }
  /** It waits for `served`. */
  | { readonly type: "call"; readonly service: ServerService }
  | { readonly type: "finished"; readonly measurement: Measurement }
  /** A fault of the load tester itself. */
  | { readonly type: "failed"; readonly error: unknown };
