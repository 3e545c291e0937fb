/** The time source of a server; tests pass their own. */
export interface Clock {
  /** Unix milliseconds, as in frames. */
  now(): number;
  /** Milliseconds that never go back, for durations. */
  monotonic(): number;
}

/** The clocks of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
