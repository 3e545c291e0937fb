import { startAlarmThread } from "./alarm.ts";
import { newRunId } from "./mark.ts";
import { type BenchmarkOptions, fullOptions } from "./options.ts";
import type { BenchmarkProgress } from "./progress.ts";
import { seededRandom } from "./random.ts";
import { type BenchmarkResult, resultOf } from "./result.ts";
import type { WorkerCommand, WorkerReport } from "./worker_messages.ts";

/** Who wants to know how a benchmark goes, and may end it. */
export interface BenchmarkObservers {
  /** Told how far it is, about once a second. */
  readonly onProgress?: (progress: BenchmarkProgress) => void;
  /** Ends it early. The result tells what was measured until then, with `interrupted` set. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a benchmark in a thread of its own.
 *
 * In Deno, set the environment variable `DENO_TOKIO_EVENT_INTERVAL` to 1 before: without it some of
 * the connections get nothing for seconds while the others are read.
 *
 * What goes wrong with the server is in the result's `errors` and `failures`.
 *
 * @throws {RangeError} if an option cannot be used.
 * @throws {Error} if the load tester itself failed.
 */
export async function runBenchmark(
  options: BenchmarkOptions,
  { onProgress, signal }: BenchmarkObservers = {},
): Promise<BenchmarkResult> {
  const full = fullOptions(options);
  const random = full.seed === undefined ? Math.random : seededRandom(full.seed);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const tell = (command: WorkerCommand) => worker.postMessage(command);
  const stop = () => tell({ type: "stop" });
  const result = new Promise<BenchmarkResult>((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(new Error("Cannot finish the benchmark: the load tester failed", { cause }));
    worker.onmessage = ({ data: report }: MessageEvent<WorkerReport>) => {
      if (report.type === "progress") onProgress?.(report.progress);
      else if (report.type === "finished") resolve(resultOf(full, report.measurement));
      else fail(report.error);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.error ?? event.message);
    };
    const start = { type: "start", options: full, runId: newRunId(random) } as const;
    if (full.rate === undefined) tell(start);
    else {
      const alarm = startAlarmThread();
      worker.postMessage({ ...start, alarm } satisfies WorkerCommand, [alarm.port]);
    }
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
  });
  try {
    return await result;
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}
