import process from "node:process";
import { type HistogramSnapshot, LatencyHistogram } from "./latency_histogram.ts";

/** How often the event loop is asked to come back, in milliseconds. */
const PERIOD = 10;

/** How a load tester's own thread did. */
export interface GeneratorMeasurement {
  /** How late the event loop came to a timer that was due, in microseconds. 1 to 2 ms of it are the
   * timer's own. */
  readonly lag: HistogramSnapshot;
  /** Time on a processor, in seconds. */
  readonly cpuSeconds: number;
  /** In how many seconds. */
  readonly seconds: number;
}

/** Watches how late and how busy this thread is. */
export class GeneratorHealth {
  readonly #lag = new LatencyHistogram();
  readonly #now: () => number;
  readonly #start: number;
  readonly #cpuAtStart: number;
  #due: number;
  #timer: ReturnType<typeof setTimeout>;
  #seconds = 0;
  #cpuSeconds = 0;

  /** Begins to watch. @param now milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
    this.#cpuAtStart = threadSeconds();
    this.#due = this.#start + PERIOD;
    this.#timer = setTimeout(() => this.#tick(), PERIOD);
  }

  /** Ends to watch. */
  stop(): void {
    clearTimeout(this.#timer);
    const now = this.#now();
    // A loop that never came back to the timer is late by all this time.
    if (now > this.#due) this.#lag.record((now - this.#due) * 1000);
    this.#seconds = (now - this.#start) / 1000;
    this.#cpuSeconds = threadSeconds() - this.#cpuAtStart;
  }

  /** What was seen until it was stopped. */
  measured(): GeneratorMeasurement {
    return {
      lag: this.#lag.snapshot(),
      cpuSeconds: this.#cpuSeconds,
      seconds: this.#seconds,
    };
  }

  #tick(): void {
    const now = this.#now();
    this.#lag.record((now - this.#due) * 1000);
    this.#due = now + PERIOD;
    this.#timer = setTimeout(() => this.#tick(), PERIOD);
  }
}

/** How long this thread has been on a processor. */
function threadSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000_000;
}
