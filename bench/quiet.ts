import { GeneratorHealth } from "./generator_health.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { LATE } from "./verdict.ts";

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
    const lag = new LatencyHistogram();
    lag.add(health.measured().lag);
    if ((lag.summary()?.p99 ?? 0) <= LATE) return;
  }
}
