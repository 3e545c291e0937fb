import type { Clock } from "./clock.ts";

/** How many silent intervals mean that the connection is dead. */
const SILENT_INTERVALS = 3;

/**
 * Notices a network that stops without a word.
 *
 * TCP alone would not: a client that only listens never sends anything that could fail. So after an
 * interval without a byte it asks, and after three it gives up.
 */
export class Heartbeat {
  #silentIntervals = 0;
  #cancel: (() => void) | undefined;

  /**
   * @param interval milliseconds.
   * @param ask sends something that the server answers.
   * @param giveUp told once, with the milliseconds of silence.
   */
  constructor(
    private readonly clock: Clock,
    private readonly interval: number,
    private readonly ask: () => void,
    private readonly giveUp: (silence: number) => void,
  ) {}

  start(): void {
    this.#cancel?.();
    this.#cancel = this.clock.after(this.interval, () => this.#beat());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something came, or nothing can come since this client does not read. */
  reset(): void {
    this.#silentIntervals = 0;
  }

  #beat(): void {
    if (++this.#silentIntervals > SILENT_INTERVALS) {
      return this.giveUp(SILENT_INTERVALS * this.interval);
    }
    if (this.#silentIntervals > 1) this.ask();
    this.start();
  }
}
