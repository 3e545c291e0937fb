import type { IntervalLatencies } from "../ledger/latency_histogram.ts";
import type { ErrorTally } from "./error_tally.ts";
import type { LoadGroups } from "./load_groups.ts";
import type { LoadPhases } from "./load_phases.ts";
import type { IntervalSample } from "./measurement.ts";
import type { LoadOptions } from "./options.ts";
import type { RunContext } from "./run_context.ts";
import { type SampledCounts, Sampler } from "./sampler.ts";

/** Samples a load second by second, and reports its progress. */
export class LoadReporter {
  readonly #sampler: Sampler;

  /**
   * @param start when the first message was due, in milliseconds.
   */
  constructor(
    private readonly traffic: LoadGroups,
    private readonly errors: ErrorTally,
    private readonly options: LoadOptions,
    private readonly context: RunContext,
    private readonly phases: LoadPhases,
    start: number,
  ) {
    this.#sampler = new Sampler(start);
  }

  list(): readonly IntervalSample[] {
    return this.#sampler.list();
  }

  sample(): void {
    this.#sampler.sample(this.context.now(), this.#counts(), this.#endInterval());
  }

  /** Takes the last sample, when sending has ended. */
  finish(end: number): void {
    this.#sampler.finish(end, this.#counts(), this.#endInterval());
  }

  /** @param elapsed milliseconds since the first message was due. */
  report(elapsed: number, isSending: boolean): void {
    const { messages, received, connected, faults } = this.traffic;
    const { p99, deliveriesPerSecond } = this.#sampler;
    this.context.onProgress({
      stage: isSending ? "running" : "draining",
      fraction: isSending ? this.#fraction(elapsed) : 1,
      elapsedSeconds: elapsed / 1000,
      joined: connected,
      connections: this.options.connections,
      ...{ messages, deliveries: received, deliveriesPerSecond },
      ...p99 === undefined ? undefined : { p99Microseconds: p99 },
      faults: { ...faults, errors: this.errors.countOf(), max: this.phases.latencies.max },
    });
  }

  #fraction(elapsed: number): number {
    const { amount, durationSeconds } = this.options;
    return amount === undefined
      ? Math.min(elapsed / 1000 / durationSeconds, 1)
      : this.traffic.messages / amount;
  }

  #counts(): SampledCounts {
    const { received: deliveries, bytes, messages, skipped } = this.traffic;
    const missing = this.traffic.missing - skipped;
    return { deliveries, bytes, messages, missing, errors: this.errors.countOf("run") };
  }

  /** Ends the latencies of a sampled second. */
  #endInterval(): IntervalLatencies | null {
    const latencies = this.phases.endInterval();
    this.context.onInterval?.(latencies.snapshot());
    return latencies.interval();
  }
}
