import type { DelayHistogram } from "./delay_histogram.ts";

/** Milliseconds between two looks. */
const INTERVAL_MILLISECONDS = 100;

/** Measures how late the event loop is: a timer that should run each 100 ms, and when it does. */
export class EventLoopMonitor {
  #due = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param monotonic milliseconds that only grow. */
  constructor(
    private readonly histogram: DelayHistogram,
    private readonly monotonic: () => number,
  ) {}

  start(): void {
    this.#due = this.monotonic() + INTERVAL_MILLISECONDS;
    this.#timer = setTimeout(() => {
      this.histogram.observe(Math.max(0, this.monotonic() - this.#due) / 1000);
      this.start();
    }, INTERVAL_MILLISECONDS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
