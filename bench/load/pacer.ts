import { LatencyHistogram } from "../ledger/latency_histogram.ts";

/** Lowest and highest rate, in messages per second. */
export const RATES = { least: 1, most: 500_000 } as const;

/** A rate that changes evenly over a time and then stays constant. */
export interface Ramp {
  /** Messages per second at the start; may be 0. */
  readonly from: number;
  /** Messages per second from `seconds` on. */
  readonly to: number;
  /** Duration in seconds, over 0. */
  readonly seconds: number;
}

/** Messages per second: constant, or a {@link Ramp}. */
export type Pace = number | Ramp;

/** The mean rate between two times, in seconds from the start. */
export function meanRate(pace: Pace, start: number, end: number): number {
  if (typeof pace === "number") return pace;
  const { from, to, seconds } = pace;
  const due = (time: number) => {
    const rising = Math.min(time, seconds);
    return from * rising + (to - from) * rising ** 2 / (2 * seconds) + to * (time - rising);
  };
  return (due(end) - due(start)) / (end - start);
}

/**
 * The schedule of an open loop.
 *
 * 1. Message `n`, from 0, belongs at a time that is computed from `n` alone, so that no delay of one
 *    message moves another, and no rounding adds up.
 * 2. The messages of a second are spread over all of it.
 * 3. A generator that is late finds more than one message due, and sends them at once: it catches up.
 * 4. The delay of each one is recorded: the slip. Nothing is ever due before its time.
 *
 * Times are microseconds from any point.
 */
export class Pacer {
  /** Delays of messages from the times at which they were due. */
  readonly slip = new LatencyHistogram();
  #next = 0;

  /** @param start when the first message is due at a constant rate. */
  constructor(private readonly pace: Pace, private readonly start: number) {}

  /** When the next message is due. */
  get nextAt(): number {
    return this.#at(this.#next);
  }

  /**
   * Takes the next message if it is due.
   *
   * @returns when it was due; `undefined` if it is not due yet.
   */
  take(now: number): number | undefined {
    const intended = this.#at(this.#next);
    if (intended > now) return undefined;
    this.#next++;
    this.slip.record(now - intended);
    return intended;
  }

  /**
   * Number of messages that are still due.
   *
   * @param end of sending; `Infinity` if only their number is bounded.
   * @param most maximum number.
   */
  left(end: number, most: number): number {
    const isDue = (count: number) => this.#at(this.#next + count - 1) < end;
    let due = 0;
    let over = 1;
    while (over <= most && isDue(over)) {
      due = over;
      over *= 2;
    }
    over = Math.min(over, most + 1);
    while (over - due > 1) {
      const middle = Math.floor((due + over) / 2);
      if (isDue(middle)) due = middle;
      else over = middle;
    }
    return due;
  }

  #at(message: number): number {
    return this.start + secondsUntil(this.pace, message) * 1_000_000;
  }
}

/** Seconds from the start of a run until message `n`, from 0, is due. */
function secondsUntil(pace: Pace, n: number): number {
  if (typeof pace === "number") return n / pace;
  const { from, to, seconds } = pace;
  const during = (from + to) / 2 * seconds;
  if (n >= during) return to === 0 ? Infinity : seconds + (n - during) / to;
  // The count grows as from * t + slope * t^2 / 2. In this form of its inverse nothing cancels out,
  // and a slope of 0 is no special case.
  const slope = (to - from) / seconds;
  return 2 * n / (from + Math.sqrt(from * from + 2 * slope * n)) || 0;
}
