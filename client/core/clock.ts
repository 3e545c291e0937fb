/** Where a client takes its time from; a test passes its own. */
export interface Clock {
  /** The time of day in Unix milliseconds. */
  now(): number;
  /** Runs the action once, after that number of milliseconds. @returns a function that cancels it. */
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
