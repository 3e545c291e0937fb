/** Somebody whose silence is to be noticed. */
export interface Pulse {
  /** Looks since the last sign of life; set it to 0 at each. */
  silentBeats: number;
  /** True while nothing can be heard because nothing is read: that is no silence. */
  readonly isDeaf: boolean;
  /** Asks for a sign of life. */
  ping(): void;
  /** Silent for too long: the other side is gone, though nothing has said so. */
  lost(): void;
}

/** Looks at everybody in the time of silence after which somebody is asked. */
const BEATS_PER_PING = 6;

/** Such times after which somebody is given up. */
const PINGS_TO_LOSS = 3;

/**
 * Notices connections that stop without a word: asks after an interval of silence, and after three
 * gives them up. TCP alone would hold on to one that is never written to for as long as it likes.
 *
 * One ticker looks at all of them. Silence is counted in its looks, not in time: a sign of life costs
 * one assignment, and a machine that was asleep does not take everybody for dead when it wakes up.
 */
export class Heartbeat {
  readonly #pulses = new Set<Pulse>();
  #ticker: ReturnType<typeof setInterval> | undefined;

  /** @param interval milliseconds of silence until somebody is asked; 0 for never. */
  constructor(private readonly interval: number) {}

  start(): void {
    if (this.interval === 0) return;
    this.#ticker = setInterval(() => this.beat(), this.interval / BEATS_PER_PING);
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  /** Starts to look at somebody. */
  add(pulse: Pulse): void {
    pulse.silentBeats = 0;
    this.#pulses.add(pulse);
  }

  remove(pulse: Pulse): void {
    this.#pulses.delete(pulse);
  }

  /** One look at everybody. */
  beat(): void {
    for (const pulse of this.#pulses) {
      if (pulse.isDeaf) {
        pulse.silentBeats = 0;
        continue;
      }
      const beats = ++pulse.silentBeats;
      if (beats % BEATS_PER_PING !== 0) continue;
      if (beats < BEATS_PER_PING * PINGS_TO_LOSS) pulse.ping();
      else {
        this.remove(pulse);
        pulse.lost();
      }
    }
  }
}
