import { EventEmitter } from "node:events";
import { type BenchmarkOptions, type FullOptions, fullOptions } from "../load/options.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { BenchmarkResult } from "../results/result.ts";
import { runBenchmark } from "./run.ts";

/** The events of a run. */
export interface BenchEvents {
  /** The run begins, with these options and their defaults. */
  start: [options: FullOptions];
  /** About once per second. */
  tick: [progress: BenchmarkProgress];
  /** Another stage begins. */
  phase: [stage: BenchmarkProgress["stage"]];
  /** The run has ended. Awaiting it returns the same result. */
  done: [result: BenchmarkResult];
}

/**
 * A run in progress: it emits events, and awaiting it returns the result.
 *
 * @example
 * ```ts ignore
 * const run = bench({ target: { host: "127.0.0.1", port: 8080 } });
 * run.on("tick", ({ deliveriesPerSecond }) => console.log(deliveriesPerSecond));
 * const { deliveries } = await run;
 * ```
 */
export class BenchRun extends EventEmitter<BenchEvents> implements PromiseLike<BenchmarkResult> {
  readonly #stop = new AbortController();
  readonly #result: Promise<BenchmarkResult>;
  #stage: BenchmarkProgress["stage"] | undefined;

  /**
   * Begins once the current code has returned or awaits (a microtask), so that `start` can be listened
   * to.
   *
   * @throws {RangeError} if an option cannot be used.
   */
  constructor(options: BenchmarkOptions) {
    super();
    const full = fullOptions(options);
    this.#result = Promise.resolve().then(() => this.#run(options, full));
    // A caller that listens to events only need not await it; one that awaits it gets the error.
    this.#result.catch(() => {});
  }

  /** Ends the run early. The result has what was measured until then, with `interrupted` set. */
  stop(): void {
    this.#stop.abort();
  }

  /** As of a promise: for `await`. */
  then<Value = BenchmarkResult, Reason = never>(
    fulfilled?: ((result: BenchmarkResult) => Value | PromiseLike<Value>) | null,
    rejected?: ((reason: unknown) => Reason | PromiseLike<Reason>) | null,
  ): Promise<Value | Reason> {
    return this.#result.then(fulfilled, rejected);
  }

  async #run(options: BenchmarkOptions, full: FullOptions): Promise<BenchmarkResult> {
    this.emit("start", full);
    const result = await runBenchmark(options, {
      signal: this.#stop.signal,
      onProgress: (progress) => {
        if (progress.stage !== this.#stage) {
          this.#stage = progress.stage;
          this.emit("phase", progress.stage);
        }
        this.emit("tick", progress);
      },
    });
    this.emit("done", result);
    return result;
  }
}

/**
 * Begins a run of the load tester, as {@link runBenchmark} does.
 *
 * @throws {RangeError} if an option cannot be used.
 */
export function bench(options: BenchmarkOptions): BenchRun {
  return new BenchRun(options);
}
