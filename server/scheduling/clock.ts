/** The time source and the timers of a server; tests pass their own. */
export interface Clock {
  /** Unix milliseconds, as in frames. */
  now(): number;
  /** Milliseconds that never go back, for durations. */
  monotonic(): number;
  /** Calls back once, after this number of milliseconds. @returns a function that cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** The clocks and timers of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
