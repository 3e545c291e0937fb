/** The time source of a client; tests pass their own. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Runs the action once, after this number of milliseconds. @returns a function that cancels it. */
  after(milliseconds: number, action: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};
