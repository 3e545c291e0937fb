import { type Transferable, Worker } from "node:worker_threads";
import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import { type AlarmHandle, endAlarmThread, startAlarmThread } from "../load/alarm.ts";
import type { Measurement } from "../load/measurement.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { ServerService } from "../load/run_context.ts";
import type { WorkerCommand, WorkerReport, WorkerTask } from "./worker_messages.ts";

/** Receives the reports of a running worker. */
export interface WorkerObservers {
  /** Called about once per second. */
  readonly onProgress: (progress: BenchmarkProgress) => void;
  /** Receives the latencies of every second, if there are other workers. */
  readonly onInterval: (latencies: HistogramSnapshot) => void;
  /** The worker has arrived at the barrier. */
  readonly onWaiting: (agrees: boolean) => void;
  /** The worker waits for an action on the server. */
  readonly onCall: (service: ServerService) => void;
}

/**
 * Heap of a worker, in megabytes. The young generation would grow to 64 MB while thousands of
 * connections are made; the hot path leaves little garbage, so a small one costs nothing.
 */
const MEMORY_LIMITS = { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 4096 };

/** A worker that carries a part of a load. */
export class WorkerThread {
  readonly #worker = new Worker(new URL("./scenario_worker.ts", import.meta.url), {
    resourceLimits: MEMORY_LIMITS,
  });
  readonly #finished = Promise.withResolvers<Measurement>();
  readonly #alarm: AlarmHandle | undefined;

  /** @param isPaced messages have a time at which they are due. */
  constructor(task: WorkerTask, isPaced: boolean, observers: WorkerObservers) {
    const fail = (cause: unknown) =>
      this.fail(
        new Error(`Cannot finish ${task.scenario}: the load tester failed`, { cause }),
      );
    this.#worker.on("message", (report: WorkerReport) => {
      if (report.type === "progress") observers.onProgress(report.progress);
      else if (report.type === "interval") observers.onInterval(report.latencies);
      else if (report.type === "waiting") observers.onWaiting(report.agrees);
      else if (report.type === "call") observers.onCall(report.service);
      else if (report.type === "finished") this.#finished.resolve(report.measurement);
      else fail(report.error);
    });
    this.#worker.on("error", fail);
    const start = { type: "start", task, timeOrigin: performance.timeOrigin } as const;
    if (!isPaced) this.post(start);
    else {
      const alarm = this.#alarm = startAlarmThread();
      // The types of node:worker_threads have its own ports only; the runtime has one kind.
      this.post({ ...start, alarm }, [alarm.port as unknown as Transferable]);
    }
  }

  get finished(): Promise<Measurement> {
    return this.#finished.promise;
  }

  /** Sends a command. On `stop` it ends its run, and still reports what was measured until then. */
  post(command: WorkerCommand, transferred: readonly Transferable[] = []): void {
    this.#worker.postMessage(command, transferred);
  }

  fail(error: unknown): void {
    this.#finished.reject(error);
  }

  /** Ends the worker and its alarm, which a worker that has failed leaves running. */
  terminate(): void {
    this.#worker.terminate();
    if (this.#alarm !== undefined) endAlarmThread(this.#alarm);
  }
}
