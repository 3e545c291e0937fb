import type { Assertion, BenchmarkProgress, BenchmarkResult } from "../bench/mod.ts";

/** Ends a run in which something that was asserted cannot hold any more. */
export class HopelessAssertions {
  readonly #stop = new AbortController();
  #reason: string | undefined;

  /** @param interrupted the user ends the run. */
  constructor(
    private readonly assertions: readonly Assertion[],
    private readonly interrupted: AbortSignal,
  ) {}

  /** Ends the run, for one reason or the other. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.interrupted, this.#stop.signal]);
  }

  /** Looks at how far the run is. */
  look({ stage, faults, elapsedSeconds }: BenchmarkProgress): void {
    if (this.#reason !== undefined || stage !== "running" || faults === undefined) return;
    const lost = this.assertions.find((assertion) => assertion.isOutOfReach(faults));
    if (lost === undefined) return;
    this.#reason = `Ended after ${elapsedSeconds.toFixed(1)} s: ${lost.text} was out of reach.`;
    this.#stop.abort();
  }

  /** A result of a run that was ended by this has failed, and was not interrupted. */
  explain(result: BenchmarkResult): BenchmarkResult {
    if (this.#reason === undefined || this.interrupted.aborted) return result;
    return { ...result, interrupted: false, failures: [...result.failures, this.#reason] };
  }
}
