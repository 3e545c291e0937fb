import type { DrainLimits } from "./run_context.ts";
import type { LoadGroups } from "./load_groups.ts";

/** Interval of the checks for the end of the wait, in milliseconds. */
const DRAIN_TICK = 20;

/** The end of a load. */
export interface DrainOptions {
  readonly traffic: LoadGroups;
  /** Timeout of a message. */
  readonly timeoutSeconds: number;
  readonly drain: DrainLimits;
  /** Ends the wait for messages in flight. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
  /** Called regularly: messages that have waited too long count as lost. */
  readonly expire: () => void;
}

/**
 * Waits until all deliveries have arrived, or are not expected any more.
 *
 * @returns the duration in milliseconds.
 */
export function untilDrained(
  { traffic, timeoutSeconds, drain, signal, now, expire }: DrainOptions,
): Promise<number> {
  const start = now();
  let settled: number | undefined;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const time = now();
      const { isAllIdle } = traffic;
      if (!isAllIdle) expire();
      // Messages that the server has skipped stay in flight if no other message follows.
      if ((isAllIdle || traffic.skipped > 0) && traffic.outstanding === 0) settled ??= time;
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
