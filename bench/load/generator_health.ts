import process from "node:process";
import { type HistogramSnapshot, LatencyHistogram } from "../ledger/latency_histogram.ts";
import { LATE } from "../results/verdict.ts";

/** How often the event loop is asked to come back, in milliseconds. */
const PERIOD = 10;

/** Most timers that one delay is counted for: 1000 seconds. */
const MAX_MISSED = 100_000;

/** How a load tester's own thread did. */
export interface GeneratorMeasurement {
  /** How late the event loop came to a timer that was due every 10 ms, in microseconds. 1 to 2 ms of it
   * are the timer's own. A loop that is late counts for each of the timers that it missed, so that the
   * percentiles are shares of the time. */
  readonly lag: HistogramSnapshot;
  /** Time of the thread on a processor, in seconds. */
  readonly cpuSeconds: number;
  /** Time of the whole process on processors, in seconds. */
  readonly processCpuSeconds: number;
  /** Processors that the process may use. */
  readonly processors: number;
  /** In how many seconds. */
  readonly seconds: number;
}

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

  /** Begins to watch. @param now milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
    this.#cpuAtStart = seconds(process.threadCpuUsage());
    this.#processCpuAtStart = seconds(process.cpuUsage());
    this.#due = this.#start + PERIOD;
    this.#timer = setTimeout(() => this.#tick(), PERIOD);
  }

  /** Ends to watch. */
  stop(): void {
    clearTimeout(this.#timer);
    const now = this.#now();
    // A loop that never came back to the timer is late by all this time.
    if (now > this.#due) this.#record(now);
    this.#seconds = (now - this.#start) / 1000;
    this.#cpuSeconds = seconds(process.threadCpuUsage()) - this.#cpuAtStart;
    this.#processCpuSeconds = seconds(process.cpuUsage()) - this.#processCpuAtStart;
  }

  /** What was seen until it was stopped. */
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

/** How long the machine is watched at a time, and how often at most. */
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
