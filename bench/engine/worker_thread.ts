import { startAlarmThread } from "../load/alarm.ts";
import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import type { Measurement } from "../load/measurement.ts";
import type { BenchmarkProgress } from "./progress.ts";
import type { WorkerCommand, WorkerReport } from "./worker_messages.ts";

/** What a thread is to do. */
export type ThreadTask = Omit<
  Extract<WorkerCommand, { readonly type: "start" }>,
  "type" | "alarm" | "timeOrigin"
>;

/** Who wants to know how a thread goes. */
export interface ThreadObservers {
  /** Told how far it is, about once a second. */
  readonly onProgress: (progress: BenchmarkProgress) => void;
  /** Told the latencies of every second, where there are other threads. */
  readonly onInterval: (latencies: HistogramSnapshot) => void;
  /** Told when it has come to a place where all threads meet. */
  readonly onWaiting: () => void;
}

/** A thread that carries a assignment of a load. */
export class WorkerThread {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #finished = Promise.withResolvers<Measurement>();

  constructor(task: ThreadTask, { onProgress, onInterval, onWaiting }: ThreadObservers) {
    const fail = (cause: unknown) => {
      const error = new Error("Cannot finish the benchmark: the load tester failed", { cause });
      this.#finished.reject(error);
    };
    this.#worker.onmessage = ({ data: report }: MessageEvent<WorkerReport>) => {
      if (report.type === "progress") onProgress(report.progress);
      else if (report.type === "interval") onInterval(report.latencies);
      else if (report.type === "waiting") onWaiting();
      else if (report.type === "finished") this.#finished.resolve(report.measurement);
      else fail(report.error);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fail(event.error ?? event.message);
    };
    const start = { type: "start", ...task, timeOrigin: performance.timeOrigin } as const;
    if (task.assignment.options.rate === undefined) this.#tell(start);
    else {
      const alarm = startAlarmThread();
      this.#tell({ ...start, alarm }, [alarm.port]);
    }
  }

  /** What it has measured. */
  get finished(): Promise<Measurement> {
    return this.#finished.promise;
  }

  /** Lets it go on from where it waits for the others. */
  go(): void {
    this.#tell({ type: "go" });
  }

  /** Ends its run; what was measured until then is still told. */
  stop(): void {
    this.#tell({ type: "stop" });
  }

  /** Ends the thread. */
  terminate(): void {
    this.#worker.terminate();
  }

  #tell(command: WorkerCommand, transferred: Transferable[] = []): void {
    this.#worker.postMessage(command, transferred);
  }
}
