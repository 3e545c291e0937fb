/** The source of time; a test passes its own. */
export interface Clock {
  /** The time of day in Unix milliseconds: as frames have it. */
  now(): number;
  /** Milliseconds that only ever grow: what durations are measured with. */
  monotonic(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
