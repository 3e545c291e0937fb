import { windowOf } from "../load/window_size.ts";
import { newRunId } from "../ledger/payload_codec.ts";
import { mergeMeasurements, mergeProgress } from "./merge.ts";
import { Barrier } from "./barrier.ts";
import { type BenchmarkOptions, type FullOptions, fullOptions } from "../load/options.ts";
import type { BenchmarkProgress } from "./progress.ts";
import { seededRandom } from "../ledger/random.ts";
import { type BenchmarkResult, resultOf } from "../results/result.ts";
import { runMemory } from "../ledger/run_memory.ts";
import type { WorkerContext } from "../scenarios/scenario.ts";
import { SharedIntervals } from "./shared_intervals.ts";
import { SharedProgress } from "./shared_progress.ts";
import { readServerLimits, type ServerLimits } from "../target/server_limits.ts";
import type { ServerWatch } from "../target/server_watch.ts";
import { assignmentsOf, type WorkerAssignment } from "./worker_assignment.ts";
import { WorkerThread } from "./worker_thread.ts";

/** Who wants to know how a benchmark goes, and may end it; and what is known of the server. */
export interface BenchmarkObservers {
  /** Told how far it is, about once a second and when another stage begins. */
  readonly onProgress?: (progress: BenchmarkProgress) => void;
  /** Ends it early. The result tells what was measured until then, with `interrupted` set. */
  readonly signal?: AbortSignal;
  /** Watches the server's process meanwhile; what it finds is part of the result and its verdict. */
  readonly watch?: ServerWatch | undefined;
  /** What the server accepts of one client, as {@link readServerLimits} has found. Default: a hubbub
   * server is asked. */
  readonly serverLimits?: ServerLimits | null | undefined;
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
  { onProgress, signal, watch, serverLimits }: BenchmarkObservers = {},
): Promise<BenchmarkResult> {
  const full = fullOptions(options);
  const runId = newRunId(full.seed === undefined ? Math.random : seededRandom(full.seed));
  const assignments = assignmentsOf(full);
  const memory = memoryOf(full, assignments);
  const limits = serverLimits === undefined && signal?.aborted !== true
    ? await readServerLimits(full.target, full.profile)
    : serverLimits ?? null;
  await watch?.look(0);
  const barrier = new Barrier(assignments.length, () => threads.forEach((thread) => thread.go()));
  const isAlone = assignments.length === 1;
  const intervals = new SharedIntervals(assignments.length);
  const progress = new SharedProgress(assignments.length, (parts) => {
    const step = mergeProgress(parts, intervals.latencies.at(-1));
    watch?.follow(step);
    onProgress?.(step);
  });
  const threads = assignments.map((assignment, thread) =>
    new WorkerThread({ thread, isAlone, assignment, ...memory, runId }, {
      onProgress: (own) => progress.tell(thread, own),
      onInterval: (latencies) => intervals.add(thread, latencies),
      onWaiting: () => barrier.arrive(),
    })
  );
  const stop = () => threads.forEach((thread) => thread.stop());
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    const measured = threads.map(async (thread, index) => {
      const measurement = await thread.finished;
      barrier.leave();
      progress.leave(index);
      return measurement;
    });
    const measurement = mergeMeasurements(await Promise.all(measured), intervals.latencies);
    const server = await watch?.finished() ?? null;
    return resultOf(full, measurement, { server, serverLimits: limits });
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const thread of threads) thread.terminate();
  }
}

/** What threads have to know together: in a broadcast, everybody's messages come to all of them. */
function memoryOf(
  full: FullOptions,
  assignments: readonly WorkerAssignment[],
): { readonly memory?: NonNullable<WorkerContext["memory"]> } {
  if (full.scenario !== "broadcast" || assignments.length === 1) return {};
  const options = {
    sendersByThread: assignments.map(({ options }) => options.senders),
    window: windowOf(full, full.senders),
    isPaced: full.rate !== undefined,
    isOrdered: full.order === "total",
  };
  return { memory: { warmUp: runMemory(options), run: runMemory(options) } };
}
