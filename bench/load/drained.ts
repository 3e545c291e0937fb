import type { DrainLimits } from "./run_context.ts";
import type { LoadGroups } from "./load_groups.ts";

/** How often the end of the wait for late deliveries is looked for, in milliseconds. */
const DRAIN_TICK = 20;

/** What the wait for late deliveries needs. */
export interface Draining {
  readonly traffic: LoadGroups;
  /** How long a message may take. */
  readonly timeoutSeconds: number;
  readonly drain: DrainLimits;
  /** Ends the wait for what is still in flight. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
  /** Called regularly: messages that have waited too long count as lost. */
  readonly expire: () => void;
}

/**
 * Waits until everything has come in, or is not to be expected any more.
 *
 * @returns how long that took, in milliseconds.
 */
export function drained(
  { traffic, timeoutSeconds, drain, signal, now, expire }: Draining,
): Promise<number> {
  const start = now();
  let settled: number | undefined;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const time = now();
      const { isAllIdle } = traffic;
      if (!isAllIdle) expire();
      // What the server has skipped stays in flight if nothing comes behind it.
      if ((isAllIdle || traffic.hasSkipped) && traffic.outstanding === 0) settled ??= time;
      const isQuiet = time - Math.max(start, traffic.lastDelivery / 1000) >= drain.quiet;
      const most = (signal.aborted ? 0 : timeoutSeconds * 1000) + drain.quiet;
      const isDone = settled !== undefined
        ? time - settled >= drain.settle
        : (isAllIdle && isQuiet) || time - start >= most;
      if (!isDone) return;
      clearInterval(timer);
      resolve(time - start);
    }, DRAIN_TICK);
  });
}
