import { newRunId } from "./mark.ts";
import { mergeMeasurements, mergeProgress } from "./merge.ts";
import { type BenchmarkOptions, fullOptions } from "./options.ts";
import type { BenchmarkProgress } from "./progress.ts";
import { seededRandom } from "./random.ts";
import { type BenchmarkResult, resultOf } from "./result.ts";
import { sharesOf } from "./share.ts";
import { BenchmarkThread } from "./thread.ts";

/** Who wants to know how a benchmark goes, and may end it. */
export interface BenchmarkObservers {
  /** Told how far it is, about once a second. */
  readonly onProgress?: (progress: BenchmarkProgress) => void;
  /** Ends it early. The result tells what was measured until then, with `interrupted` set. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a benchmark in one or more threads of its own.
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
  const runId = newRunId(full.seed === undefined ? Math.random : seededRandom(full.seed));
  const progress: BenchmarkProgress[] = [];
  const shares = full.workers === 1
    ? [{ options: full, firstConnection: 0, delaySeconds: 0 }]
    : sharesOf(full);
  const threads = shares.map((share, index) =>
    new BenchmarkThread(share, runId, (own) => {
      progress[index] = own;
      const known = Object.values(progress);
      // Told once for all, when the first one tells.
      if (index === 0 && known.length === threads.length) onProgress?.(mergeProgress(known));
    })
  );
  const stop = () => threads.forEach((thread) => thread.stop());
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    const finished = Promise.all(threads.map((thread) => thread.finished));
    // They begin together, when the last crowd has joined.
    await Promise.race([Promise.all(threads.map((thread) => thread.ready)), finished]);
    for (const thread of threads) thread.go();
    return resultOf(full, mergeMeasurements(await finished));
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const thread of threads) thread.terminate();
  }
}
