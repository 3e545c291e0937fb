import { startAlarmThread } from "./alarm.ts";
import type { Measurement } from "./measurement.ts";
import type { BenchmarkProgress } from "./progress.ts";
import type { Share } from "./share.ts";
import type { WorkerCommand, WorkerReport } from "./worker_messages.ts";

/** A thread that carries a share of a load. */
export class BenchmarkThread {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #ready = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<Measurement>();

  /** @param onProgress told how far it is, about once a second. */
  constructor(share: Share, runId: string, onProgress: (progress: BenchmarkProgress) => void) {
    // A failure is told by `finished`; nobody may wait for the other any more.
    this.#ready.promise.catch(() => {});
    const fail = (cause: unknown) => {
      const error = new Error("Cannot finish the benchmark: the load tester failed", { cause });
      this.#ready.reject(error);
      this.#finished.reject(error);
    };
    this.#worker.onmessage = ({ data: report }: MessageEvent<WorkerReport>) => {
      if (report.type === "progress") onProgress(report.progress);
      else if (report.type === "ready") this.#ready.resolve();
      else if (report.type === "finished") this.#finished.resolve(report.measurement);
      else fail(report.error);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fail(event.error ?? event.message);
    };
    const start = { type: "start", share, runId } as const;
    if (share.options.rate === undefined) this.#tell(start);
    else {
      const alarm = startAlarmThread();
      this.#tell({ ...start, alarm }, [alarm.port]);
    }
  }

  /** Settled when its crowd has joined, and it waits for the others. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** What it has measured. */
  get finished(): Promise<Measurement> {
    return this.#finished.promise;
  }

  /** Lets it begin. */
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
