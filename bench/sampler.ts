import type { Samples } from "./measurement.ts";

/** Shortest part of a second at the end of a run that still counts as a sample, in milliseconds. */
const SHORTEST = 500;

/**
 * Samples what is received, once a second.
 *
 * A sample is a rate: the timer that asks for it is late when the generator is busy, so the count is
 * divided by the time that has really passed.
 */
export class Sampler {
  readonly #deliveries: number[] = [];
  readonly #bytes: number[] = [];
  #last: number;
  #lastDeliveries = 0;
  #lastBytes = 0;

  /** @param start when the run began, in milliseconds. */
  constructor(start: number) {
    this.#last = start;
  }

  /** Deliveries in the last second sampled. */
  get deliveriesPerSecond(): number {
    return this.#deliveries.at(-1) ?? 0;
  }

  /**
   * Takes a sample.
   *
   * @param time in milliseconds.
   * @param deliveries since the start of the run.
   * @param bytes since the start of the run.
   */
  sample(time: number, deliveries: number, bytes: number): void {
    const seconds = (time - this.#last) / 1000;
    if (seconds <= 0) return;
    this.#deliveries.push(Math.round((deliveries - this.#lastDeliveries) / seconds));
    this.#bytes.push(Math.round((bytes - this.#lastBytes) / seconds));
    this.#last = time;
    this.#lastDeliveries = deliveries;
    this.#lastBytes = bytes;
  }

  /**
   * Takes the last sample, when sending ends: of what is left of a second, if that is half a second
   * or all there is.
   */
  finish(time: number, deliveries: number, bytes: number): void {
    if (this.#deliveries.length > 0 && time - this.#last < SHORTEST) return;
    this.sample(time, deliveries, bytes);
  }

  /** All samples. */
  list(): Samples {
    return { deliveries: [...this.#deliveries], bytes: [...this.#bytes] };
  }
}
