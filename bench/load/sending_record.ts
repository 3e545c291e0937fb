import type { LoadGroups } from "./load_groups.ts";
import type { TrafficMeasurement } from "./measurement.ts";

/** Longest time of a timer, in milliseconds. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** How sending ended in a thread, and the messages that were in flight then and halfway. */
export class SendingRecord {
  #isEnded = false;
  #isDeserted = false;
  #inFlightHalfway = 0;
  #leftInFlight = 0;
  #silentMicroseconds = 0;
  #halfway: ReturnType<typeof setTimeout> | undefined;
  readonly #ended = Promise.withResolvers<void>();

  constructor(private readonly traffic: LoadGroups) {}

  /** Fulfilled when sending has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether sending ended early, because no connection was left that could send or receive. */
  get isDeserted(): boolean {
    return this.#isDeserted;
  }

  /** Counts the messages in flight when half of the expected time is over. */
  start(expectedSeconds: number): void {
    if (this.#isEnded) return;
    this.#halfway = setTimeout(
      () => this.#inFlightHalfway = this.traffic.inFlight,
      Math.min(expectedSeconds * 500, MAX_TIMER_MILLISECONDS),
    );
  }

  /**
   * Ends sending, if it has not ended yet.
   *
   * @param stop sends what is due at last.
   * @param now microseconds.
   * @param startMicroseconds when the first message was due.
   */
  end(stop: () => void, now: () => number, startMicroseconds: number, isDeserted: boolean): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#isDeserted = isDeserted;
    stop();
    this.#leftInFlight = this.traffic.inFlight;
    const lastMicroseconds = Math.max(this.traffic.lastDelivery, startMicroseconds);
    this.#silentMicroseconds = Math.max(now() - lastMicroseconds, 0);
    clearTimeout(this.#halfway);
    this.#ended.resolve();
  }

  measured(): Pick<
    TrafficMeasurement,
    "desertedThreads" | "inFlightHalfway" | "leftInFlight" | "silentSeconds"
  > {
    return {
      desertedThreads: this.#isDeserted ? 1 : 0,
      inFlightHalfway: this.#inFlightHalfway,
      leftInFlight: this.#leftInFlight,
      silentSeconds: this.#silentMicroseconds / 1_000_000,
    };
  }
}
