import type { Clock } from "../scheduling/clock.ts";

/** How slow a peer may be. */
export interface Pace {
  /** Longest time without progress. */
  readonly pauseMilliseconds: number;
  /** Time for the whole, beyond that of its bytes. */
  readonly extraMilliseconds: number;
  /** Minimum speed on the whole. */
  readonly bytesPerSecond: number;
}

/** The pace of a file: a phone that changes its network comes back, and a modem is fast enough. */
export const FILE_PACE: Pace = {
  pauseMilliseconds: 30_000,
  extraMilliseconds: 60_000,
  bytesPerSecond: 4096,
};

/** Longest time of a timer, in milliseconds: 2^31 - 1. */
const LONGEST_TIMER = 2_147_483_647;

/** Bounds the time of a transfer: each pause, and all of it by its size. */
export class SlowPeerTimer {
  #stopPause: () => void = () => {};
  readonly #stopWhole: () => void;

  /**
   * @param size bytes of the whole.
   * @param onSlow called once, unless the timer is stopped before.
   */
  constructor(
    private readonly pace: Pace,
    size: number,
    private readonly after: Clock["after"],
    private readonly onSlow: () => void,
  ) {
    const milliseconds = pace.extraMilliseconds + size / pace.bytesPerSecond * 1000;
    this.#stopWhole = after(Math.min(milliseconds, LONGEST_TIMER), this.#expire);
    this.progressed();
  }

  progressed(): void {
    this.#stopPause();
    this.#stopPause = this.after(this.pace.pauseMilliseconds, this.#expire);
  }

  stop(): void {
    this.#stopPause();
    this.#stopWhole();
  }

  readonly #expire = (): void => {
    this.stop();
    this.onSlow();
  };
}
