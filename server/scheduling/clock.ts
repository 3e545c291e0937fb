/** Where the server takes its time from; a test passes its own. */
export interface Clock {
  /** The time of day in Unix milliseconds: what clients are told. */
  now(): number;
  /** Milliseconds that only ever grow: what durations are measured with. */
  monotonic(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
