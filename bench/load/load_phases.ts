import { type HistogramSnapshot, LatencyHistogram } from "../ledger/latency_histogram.ts";
import { LatencyRuns } from "../ledger/latency_runs.ts";
import type { LoadPhase } from "./load_plan.ts";

/** The phases of a load, and the latencies of each. */
export class LoadPhases {
  readonly #byName = new Map<string, LatencyRuns>();
  #timers: ReturnType<typeof setTimeout>[] = [];
  /** Of the phases that have ended since the last interval did. */
  #endedInInterval: HistogramSnapshot[] = [];

  /**
   * @param latencies at the start: those of the first phase.
   * @param trackers record the latencies of the current phase.
   */
  constructor(
    private readonly phases: readonly LoadPhase[],
    /** Those of the current phase. */
    public latencies: LatencyRuns,
    private readonly trackers: readonly { latencies: LatencyRuns }[],
  ) {
    const [first] = phases;
    if (first !== undefined) this.#byName.set(first.name, latencies);
  }

  /** Begins the first phase, and sets timers for those that begin while messages are sent. */
  start(): void {
    const [first, ...others] = this.phases;
    first?.begin?.();
    let milliseconds = (first?.seconds ?? 0) * 1000;
    this.#timers = others.filter(({ seconds }) => seconds > 0).map((phase) => {
      const timer = setTimeout(() => this.#enter(phase), milliseconds);
      milliseconds += phase.seconds * 1000;
      return timer;
    });
  }

  /** Begins no more phases while messages are sent. */
  stop(): void {
    this.#timers.forEach(clearTimeout);
  }

  /** Sending has ended in all threads: begins the last phase, if it has no time of its own. */
  end(): void {
    const last = this.phases.at(-1);
    if (last?.seconds === 0) this.#enter(last);
  }

  /** The latencies of a phase; empty before it begins. */
  latenciesOf(name: string): HistogramSnapshot {
    return (this.#byName.get(name)?.histogram ?? new LatencyHistogram()).snapshot();
  }

  /** Ends the interval. Returns its latencies, of all phases that it was part of. */
  endInterval(): LatencyHistogram {
    const interval = LatencyHistogram.of(
      ...[...this.#endedInInterval, this.latencies.intervalSnapshot()],
    );
    this.#endedInInterval = [];
    this.latencies.endInterval();
    return interval;
  }

  #enter({ name, begin }: LoadPhase): void {
    this.#endedInInterval.push(this.latencies.intervalSnapshot());
    this.latencies = new LatencyRuns();
    this.#byName.set(name, this.latencies);
    for (const tracker of this.trackers) tracker.latencies = this.latencies;
    begin?.();
  }
}
