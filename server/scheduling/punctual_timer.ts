import type { Clock } from "./clock.ts";

/** Delay of a timer above which the server counts as busy, in milliseconds. */
export const PUNCTUAL_MILLISECONDS = 25;

/** Number of late timers in a row after which silence counts even on a busy server. */
const MAX_LATE_TIMERS = 10;

/**
 * A timer that reports whether it was late. A late timer means a busy server, whose sockets may have unread
 * bytes: silence before it proves nothing.
 */
export class PunctualTimer {
  /** Present while the timer is running. */
  #cancel: (() => void) | undefined;
  #due = 0;
  #lateTimers = 0;

  constructor(private readonly clock: Pick<Clock, "monotonic" | "after">) {}

  get isRunning(): boolean {
    return this.#cancel !== undefined;
  }

  /** Calls back once after a number of milliseconds, instead of what was started before. */
  start(milliseconds: number, onElapsed: () => void): void {
    this.stop();
    this.#due = this.clock.monotonic() + milliseconds;
    this.#cancel = this.clock.after(milliseconds, () => {
      this.#cancel = undefined;
      onElapsed();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /**
   * Whether the timer has elapsed late, so that the caller should wait again. False after
   * {@link MAX_LATE_TIMERS} late ones in a row.
   */
  takeLate(): boolean {
    const isLate = this.clock.monotonic() > this.#due + PUNCTUAL_MILLISECONDS;
    if (isLate && this.#lateTimers++ < MAX_LATE_TIMERS) return true;
    this.#lateTimers = 0;
    return false;
  }
}
