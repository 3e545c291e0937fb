import { LatencyHistogram } from "../../bench/ledger/latency_histogram.ts";
import type { Latencies } from "./messages.ts";

/** Latencies of a whole run, and of the part of it since the last look. */
export class LatencyRecorder {
  readonly #all = new LatencyHistogram();
  #part = new LatencyHistogram();

  /** Records milliseconds. */
  record(milliseconds: number): void {
    this.#part.record(milliseconds * 1000);
  }

  /** What was recorded since the last call. */
  takePart(): Latencies {
    const latencies = latenciesOf(this.#part);
    this.#all.take(this.#part);
    return latencies;
  }

  /** What was recorded since the start, or since {@link restart}. */
  whole(): Latencies {
    this.#all.take(this.#part);
    return latenciesOf(this.#all);
  }

  /** Forgets what was recorded. */
  restart(): void {
    this.#all.take(this.#part);
    new LatencyHistogram().take(this.#all);
  }
}

function latenciesOf(histogram: LatencyHistogram): Latencies {
  const milliseconds = (microseconds: number | null) =>
    microseconds === null ? null : microseconds / 1000;
  return {
    p50: milliseconds(histogram.percentile(50)),
    p99: milliseconds(histogram.percentile(99)),
    max: milliseconds(histogram.percentile(100)),
    count: histogram.count,
  };
}
