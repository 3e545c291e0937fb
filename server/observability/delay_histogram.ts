/** Upper bounds of the buckets in seconds. Timers are a millisecond or two late on an idle machine
 * (measured, Deno 2.9.6), so nothing finer means anything. */
export const DELAY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** Counts delays in buckets. */
export class DelayHistogram {
  /** Delays that were at most the bound of that number; cumulative only when they are written. */
  readonly buckets: number[] = DELAY_BOUNDS.map(() => 0);
  count = 0;
  /** Seconds. */
  sum = 0;

  observe(seconds: number): void {
    this.count++;
    this.sum += seconds;
    const index = DELAY_BOUNDS.findIndex((bound) => seconds <= bound);
    if (index >= 0) this.buckets[index]!++;
  }
}
