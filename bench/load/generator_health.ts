import process from "node:process";
import { type HistogramSnapshot, LatencyHistogram } from "../ledger/latency_histogram.ts";

/** Interval of the timer that measures the event loop, in milliseconds. */
const PERIOD = 10;

/** From here on, a load tester is late: 10 ms, in microseconds. */
export const LATE = 10_000;

/** Maximum of timers that one delay counts for: 1000 seconds. */
const MAX_MISSED = 100_000;

/** Lateness and processor time of a load tester's thread. */
export interface GeneratorMeasurement {
  /** Delay of a timer every 10 ms, in microseconds. 1 to 2 ms of it are the timer's own. A late event
   * loop counts for each missed timer, so that the percentiles are shares of the time. */
  readonly lag: HistogramSnapshot;
  /** Time of the thread on a processor, in seconds. */
  readonly cpuSeconds: number;
  /** Time of the whole process on processors, in seconds. */
  readonly processCpuSeconds: number;
  /** Processors that the process may use. */
  readonly processors: number;
  /** Duration of the measurement. */
  readonly seconds: number;
}

/** Reads the time on processors so far, in seconds. */
export interface ProcessorTimes {
  /** Of this thread. */
  thread(): number;
  /** Of the whole process. */
  process(): number;
}

const PROCESSOR_TIMES: ProcessorTimes = {
  thread: () => seconds(process.threadCpuUsage()),
  process: () => seconds(process.cpuUsage()),
};

/** Watches how late and how busy this thread is. */
export class GeneratorHealth {
  readonly #lag = new LatencyHistogram();
  readonly #now: () => number;
  readonly #start: number;
  readonly #cpuAtStart: number;
  readonly #processCpuAtStart: number;
  #due: number;
  #timer: ReturnType<typeof setTimeout>;
  #seconds = 0;
  #cpuSeconds = 0;
  #processCpuSeconds = 0;

  /** @param now milliseconds. */
  constructor(now: () => number, private readonly times: ProcessorTimes = PROCESSOR_TIMES) {
    this.#now = now;
    this.#start = now();
    this.#cpuAtStart = times.thread();
    this.#processCpuAtStart = times.process();
    this.#due = this.#start + PERIOD;
    this.#timer = setTimeout(() => this.#tick(), PERIOD);
  }

  stop(): void {
    clearTimeout(this.#timer);
    const now = this.#now();
    // A loop that never came back to the timer is late by all this time.
    if (now > this.#due) this.#record(now);
    this.#seconds = (now - this.#start) / 1000;
    this.#cpuSeconds = this.times.thread() - this.#cpuAtStart;
    this.#processCpuSeconds = this.times.process() - this.#processCpuAtStart;
  }

  measured(): GeneratorMeasurement {
    return {
      lag: this.#lag.snapshot(),
      cpuSeconds: this.#cpuSeconds,
      processCpuSeconds: this.#processCpuSeconds,
      processors: navigator.hardwareConcurrency,
      seconds: this.#seconds,
    };
  }

  #tick(): void {
    const now = this.#now();
    this.#record(now);
    this.#due = now + PERIOD;
    this.#timer = setTimeout(() => this.#tick(), PERIOD);
  }

  /** Records how late the timer is, and how late those are that were due meanwhile. */
  #record(now: number): void {
    this.#lag.record((now - this.#due) * 1000);
    const first = Math.max(now - this.#due - PERIOD, 0);
    for (let late = Math.min(first, MAX_MISSED * PERIOD); late > 0; late -= PERIOD) {
      this.#lag.record(late * 1000);
    }
  }
}

function seconds({ user, system }: { readonly user: number; readonly system: number }): number {
  return (user + system) / 1_000_000;
}

/** Duration and maximum number of the measurements of {@link untilQuiet}. */
const WATCHED_MILLISECONDS = 1000;
const MOST_WATCHES = 10;

/**
 * Waits until the timers of this thread are on time for a second, or for ten seconds.
 *
 * @param now milliseconds, never back.
 */
export async function untilQuiet(now: () => number, signal: AbortSignal): Promise<void> {
  for (let watches = 0; watches < MOST_WATCHES && !signal.aborted; watches++) {
    const health = new GeneratorHealth(now);
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MILLISECONDS));
    health.stop();
    const lag = LatencyHistogram.of(health.measured().lag);
    if ((lag.percentile(99) ?? 0) <= LATE) return;
  }
}
