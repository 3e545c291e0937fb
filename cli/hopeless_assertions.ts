import type { Assertion, BenchmarkProgress, BenchmarkResult } from "../bench/mod.ts";

/** Ends a run once one of its assertions can no longer hold. */
export class HopelessAssertions {
  readonly #stop = new AbortController();
  #reason: string | undefined;

  /** @param interrupted aborted when the user ends the run. */
  constructor(
    private readonly assertions: readonly Assertion[],
    private readonly interrupted: AbortSignal,
  ) {}

  /** Aborted when the user or an assertion ends the run. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.interrupted, this.#stop.signal]);
  }

  /** Checks the assertions against the progress of the run. */
  look({ stage, faults, elapsedSeconds }: BenchmarkProgress): void {
    if (this.#reason !== undefined || stage !== "running" || faults === undefined) return;
    const lost = this.assertions.find((assertion) => assertion.isOutOfReach(faults));
    if (lost === undefined) return;
    this.#reason = `Ended after ${elapsedSeconds.toFixed(1)} s: ${lost.text} was out of reach.`;
    this.#stop.abort();
  }

  /** Marks the result of a run that this has ended as failed, and not as interrupted. */
  explain(result: BenchmarkResult): BenchmarkResult {
    if (this.#reason === undefined || this.interrupted.aborted) return result;
    return { ...result, interrupted: false, failures: [...result.failures, this.#reason] };
  }
}
