import type { Assertion, BenchmarkProgress } from "../bench/mod.ts";

interface Outcome {
  readonly interrupted: boolean;
  readonly failures: readonly string[];
}

/** Ends a run once one of its assertions can no longer hold. */
export class HopelessAssertions<Result extends Outcome> {
  readonly #stop = new AbortController();
  #reason: string | undefined;

  /** @param interrupted aborted when the user ends the run. */
  constructor(
    private readonly assertions: readonly Assertion<Result>[],
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
  explain(result: Result): Result {
    if (this.#reason === undefined || this.interrupted.aborted) return result;
    return { ...result, interrupted: false, failures: [...result.failures, this.#reason] };
  }
}
