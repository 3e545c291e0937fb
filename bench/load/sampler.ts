import type { IntervalSample } from "./measurement.ts";

/** Shortest part of a second at the end of a run that still counts as a sample. */
export const SHORTEST_SECONDS = 0.5;

/** Counts since the start of a run. */
export type SampledCounts = Pick<
  IntervalSample,
  "deliveries" | "bytes" | "messages" | "missing" | "errors"
>;

/**
 * Samples what is sent and received, once per second.
 *
 * A sample is a rate: the timer of a busy generator is late, so the count is divided by the real time.
 */
export class Sampler {
  readonly #samples: IntervalSample[] = [];
  readonly #start: number;
  #last: number;
  #before: SampledCounts = { deliveries: 0, bytes: 0, messages: 0, missing: 0, errors: 0 };

  /** @param start when the run began, in milliseconds. */
  constructor(start: number) {
    this.#last = start;
    this.#start = start;
  }

  /** Deliveries in the last second sampled. */
  get deliveriesPerSecond(): number {
    return this.#samples.at(-1)?.deliveries ?? 0;
  }

  /** 99th percentile of the latencies in that second. */
  get p99(): number | undefined {
    return this.#samples.at(-1)?.latencies?.p99;
  }

  /**
   * Takes a sample.
   *
   * @param time in milliseconds.
   * @param counts since the start of the run.
   * @param latencies since the last sample.
   */
  sample(time: number, counts: SampledCounts, latencies: IntervalSample["latencies"]): void {
    const seconds = (time - this.#last) / 1000;
    if (seconds <= 0) return;
    const since = (name: keyof SampledCounts) => counts[name] - this.#before[name];
    this.#samples.push({
      end: Math.round(time - this.#start) / 1000,
      deliveries: Math.round(since("deliveries") / seconds),
      bytes: Math.round(since("bytes") / seconds),
      latencies,
      messages: since("messages"),
      missing: since("missing"),
      errors: since("errors"),
    });
    this.#last = time;
    this.#before = counts;
  }

  /**
   * Takes the last sample, when sending ends: of what is left of a second, if that is half a second
   * or all there is.
   */
  finish(...sample: Parameters<Sampler["sample"]>): void {
    const [time] = sample;
    if (this.#samples.length > 0 && time - this.#last < SHORTEST_SECONDS * 1000) return;
    this.sample(...sample);
  }

  list(): readonly IntervalSample[] {
    return [...this.#samples];
  }
}
