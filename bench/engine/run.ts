import { newRunId } from "../ledger/payload_codec.ts";
import { seededRandom } from "../ledger/random.ts";
import { runMemory } from "../ledger/run_memory.ts";
import type { Measurement } from "../load/measurement.ts";
import { type BenchmarkOptions, fullOptions } from "../load/options.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { ServerService } from "../load/run_context.ts";
import type { BenchmarkResult } from "../results/result.ts";
import type { KnownServer } from "../results/run_health.ts";
import { SCENARIOS, type Scenarios } from "../scenarios/mod.ts";
import { readServerLimits, type ServerLimits } from "../monitoring/server_limits.ts";
import type { ServerWatch } from "../monitoring/server_watch.ts";
import { mergeMeasurements, mergeProgress } from "./merge.ts";
import { SharedIntervals, SharedProgress } from "./shared_progress.ts";
import { WorkerThread } from "./worker_thread.ts";

/** Observes a run, may end it, and provides information on the server. */
export interface BenchmarkObservers {
  /** Called about once per second and when another stage begins. */
  readonly onProgress?: (progress: BenchmarkProgress) => void;
  /** Ends the run early. The result has what was measured until then, with `interrupted` set. */
  readonly signal?: AbortSignal;
  /** Watches the server's process meanwhile; its states are part of the result and its verdict. */
  readonly watch?: ServerWatch | undefined;
  /** The server's limits for one client. Default: those of {@link readServerLimits}. */
  readonly serverLimits?: ServerLimits | null | undefined;
  /** For `restart`: kills the server, and starts one in its place. */
  readonly services?: Readonly<Record<ServerService, () => Promise<void>>>;
}

/**
 * Runs `broadcast` or `echo` in one or more threads of its own.
 *
 * In Deno, set the environment variable `DENO_TOKIO_EVENT_INTERVAL` to 1 before: without it some of
 * the connections get nothing for seconds while the others are read.
 *
 * Faults of the server are in the result's `errors` and `failures`.
 *
 * @throws {RangeError} if an option cannot be used.
 * @throws {Error} if the load tester itself failed.
 */
export async function runBenchmark(
  options: BenchmarkOptions,
  observers: BenchmarkObservers = {},
): Promise<BenchmarkResult> {
  const full = fullOptions(options);
  return await runScenario(full.scenario, full, observers);
}

/**
 * Runs a scenario in one or more threads of its own; see {@link runBenchmark}.
 *
 * @throws {RangeError} if the requested threads cannot share it.
 * @throws {Error} if the load tester itself failed, or a service did.
 */
export async function runScenario<Name extends keyof Scenarios>(
  name: Name,
  options: Scenarios[Name]["options"],
  observers: BenchmarkObservers = {},
): Promise<Scenarios[Name]["result"]> {
  const { measurement, known } = await measureScenario(name, options, observers);
  return SCENARIOS[name].result(options, measurement, known);
}

/**
 * Checks whether the requested threads can share a scenario.
 *
 * @throws {RangeError} if they cannot.
 */
export function checkScenario<Name extends keyof Scenarios>(
  name: Name,
  options: Scenarios[Name]["options"],
): void {
  SCENARIOS[name].assign(options);
}

/** Runs a scenario as {@link runScenario} does, and returns the measurement of all threads. */
export async function measureScenario<Name extends keyof Scenarios>(
  name: Name,
  options: Scenarios[Name]["options"],
  { onProgress, signal, watch, serverLimits, services }: BenchmarkObservers,
): Promise<{ readonly measurement: Measurement; readonly known: KnownServer }> {
  const scenario = SCENARIOS[name];
  const assignments = scenario.assign(options);
  const isAlone = assignments.length === 1;
  const memories = isAlone
    ? []
    : scenario.memories?.(options, assignments).map((memory) => runMemory(memory)) ?? [];
  const runId = newRunId(randomOf(options));
  const limits = serverLimits === undefined && signal?.aborted !== true
    ? await limitsOf(options)
    : serverLimits ?? null;
  await watch?.look(0);
  const follow = (step: BenchmarkProgress) =>
    watch?.follow(
      scenario.isJoinMeasured && step.stage === "joining" ? { ...step, stage: "running" } : step,
    );
  const intervals = new SharedIntervals(assignments.length);
  const progress = new SharedProgress(assignments.length, (parts) => {
    const step = mergeProgress(parts, intervals.latencies.at(-1));
    follow(step);
    onProgress?.(step);
  });
  const barrier = new Barrier(
    assignments.length,
    (isUnanimous) => threads.forEach((thread) => thread.post({ type: "go", isUnanimous })),
  );
  let called: ServerService = "kill";
  const calls = new Barrier(assignments.length, () => {
    services![called]().then(
      () => threads.forEach((thread) => thread.post({ type: "served" })),
      (error) => threads.forEach((thread) => thread.fail(error)),
    );
  });
  const threads = assignments.map(({ options, ...place }, thread) =>
    new WorkerThread(
      { scenario: name, options, isAlone, runId, place: { thread, ...place, memories } },
      scenario.isPaced?.(options) ?? false,
      {
        onProgress: (own) => progress.report(thread, own),
        onInterval: (latencies) => intervals.add(thread, latencies),
        onWaiting: (agrees) => barrier.arrive(agrees),
        onCall: (service) => {
          called = service;
          calls.arrive();
        },
      },
    )
  );
  const stop = () => threads.forEach((thread) => thread.post({ type: "stop" }));
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    const measured = threads.map(async (thread, index) => {
      const measurement = await thread.finished;
      barrier.leave();
      calls.leave();
      progress.leave(index);
      return measurement;
    });
    const measurement = mergeMeasurements(await Promise.all(measured), intervals.latencies);
    // The last part of a second, or all there is of a short run.
    const elapsedSeconds = Math.max(measurement.sendingSeconds, measurement.joinSeconds);
    watch?.follow({ stage: "draining", elapsedSeconds });
    const server = await watch?.finished() ?? null;
    return { measurement, known: { server, serverLimits: limits } };
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const thread of threads) thread.terminate();
  }
}

type AnyOptions = Scenarios[keyof Scenarios]["options"];

function randomOf(options: AnyOptions): () => number {
  return "seed" in options && options.seed !== undefined ? seededRandom(options.seed) : Math.random;
}

/** The server's limits for one client; `null` for a scenario without messages. */
async function limitsOf(options: AnyOptions): Promise<ServerLimits | null> {
  return "target" in options && "profile" in options && "payloadBytes" in options
    ? await readServerLimits(options.target, options.profile)
    : null;
}

/** Releases its members once all of them have arrived; it can be used again and again. */
class Barrier {
  #waiting = 0;
  #isUnanimous = true;

  /**
   * @param members number of members.
   * @param onComplete called when all have arrived, with whether all of them agree.
   */
  constructor(
    private members: number,
    private readonly onComplete: (isUnanimous: boolean) => void,
  ) {}

  arrive(agrees = true): void {
    this.#waiting++;
    this.#isUnanimous &&= agrees;
    this.#check();
  }

  /** Removes a member that is not waiting. */
  leave(): void {
    this.members--;
    this.#check();
  }

  #check(): void {
    if (this.#waiting === 0 || this.#waiting < this.members) return;
    const isUnanimous = this.#isUnanimous;
    this.#waiting = 0;
    this.#isUnanimous = true;
    this.onComplete(isUnanimous);
  }
}
