import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import { startAlarmThread } from "../load/alarm.ts";
import type { Measurement } from "../load/measurement.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { ServerService } from "../load/run_context.ts";
import type { WorkerCommand, WorkerReport, WorkerTask } from "./worker_messages.ts";

/** Receives what a worker reports while it runs. */
export interface WorkerObservers {
  /** About once a second. */
  readonly onProgress: (progress: BenchmarkProgress) => void;
  /** The latencies of every second, where there are other workers. */
  readonly onInterval: (latencies: HistogramSnapshot) => void;
  /** It has arrived where all workers meet. */
  readonly onWaiting: (agrees: boolean) => void;
  /** It waits until something is done to the server. */
  readonly onCall: (service: ServerService) => void;
}

/** A worker that carries a part of a load. */
export class WorkerThread {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #finished = Promise.withResolvers<Measurement>();

  /** @param isPaced messages have a time at which they are due. */
  constructor(task: WorkerTask, isPaced: boolean, observers: WorkerObservers) {
    const fail = (cause: unknown) =>
      this.fail(
        new Error(`Cannot finish ${task.scenario}: the load tester failed`, { cause }),
      );
    this.#worker.onmessage = ({ data: report }: MessageEvent<WorkerReport>) => {
      if (report.type === "progress") observers.onProgress(report.progress);
      else if (report.type === "interval") observers.onInterval(report.latencies);
      else if (report.type === "waiting") observers.onWaiting(report.agrees);
      else if (report.type === "call") observers.onCall(report.service);
      else if (report.type === "finished") this.#finished.resolve(report.measurement);
      else fail(report.error);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fail(event.error ?? event.message);
    };
    const start = { type: "start", task, timeOrigin: performance.timeOrigin } as const;
    if (!isPaced) this.post(start);
    else {
      const alarm = startAlarmThread();
      this.post({ ...start, alarm }, [alarm.port]);
    }
  }

  /** What it has measured. */
  get finished(): Promise<Measurement> {
    return this.#finished.promise;
  }

  /** Sends a command. On `stop` it ends its run, and still reports what was measured until then. */
  post(command: WorkerCommand, transferred: Transferable[] = []): void {
    this.#worker.postMessage(command, transferred);
  }

  /** Lets it fail. */
  fail(error: unknown): void {
    this.#finished.reject(error);
  }

  /** Ends the thread. */
  terminate(): void {
    this.#worker.terminate();
  }
}
