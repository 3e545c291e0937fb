/** Wrong passwords that cost an address nothing. */
const FREE_ATTEMPTS = 3;

/** The first wait and the longest one, in milliseconds. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;

/** Milliseconds after its last wrong password after which an address is forgotten. */
const FORGET_AFTER = 600_000;

/** Addresses remembered. */
const MAX_ADDRESSES = 10_000;

interface Offender {
  wrong: number;
  lastWrong: number;
  /** When the next check may begin. */
  nextCheck: number;
}

/**
 * Makes guessing passwords slow: an address that gave three wrong ones waits 1 s before the next
 * check, then 2 s, 4 s and so on up to 60 s, until it has given no wrong one for ten minutes.
 *
 * A right password forgives nothing, or whoever has an account could guess for ever. Connections
 * that ask at the same time are given one place each, one after the other, so that to open a
 * hundred of them gains nothing. Ten thousand addresses are remembered; then the one whose last
 * wrong password is the longest ago makes room.
 *
 * Times are milliseconds of a clock that only ever grows.
 */
export class AddressPenalty {
  /** The one whose last wrong password is the longest ago comes first. */
  readonly #offenders = new Map<string, Offender>();

  /** @param maxAddresses addresses remembered. */
  constructor(private readonly maxAddresses: number = MAX_ADDRESSES) {}

  /** Addresses that are remembered. */
  get size(): number {
    return this.#offenders.size;
  }

  /** Takes a place for one check of a password.
   * @returns the milliseconds to wait before it, or 0. */
  place(address: string, now: number): number {
    const offender = this.#find(address, now);
    if (offender === undefined || offender.wrong < FREE_ATTEMPTS) return 0;
    const start = Math.max(now, offender.nextCheck);
    offender.nextCheck = start + waitAfter(offender.wrong);
    return start - now;
  }

  /** A password from that address was wrong. */
  wrong(address: string, now: number): void {
    const offender = this.#find(address, now) ?? { wrong: 0, lastWrong: now, nextCheck: now };
    offender.wrong++;
    offender.lastWrong = now;
    if (offender.wrong >= FREE_ATTEMPTS) {
      offender.nextCheck = Math.max(offender.nextCheck, now + waitAfter(offender.wrong));
    }
    this.#offenders.delete(address);
    this.#offenders.set(address, offender);
    if (this.#offenders.size > this.maxAddresses) {
      for (const oldest of this.#offenders.keys()) return void this.#offenders.delete(oldest);
    }
  }

  #find(address: string, now: number): Offender | undefined {
    const offender = this.#offenders.get(address);
    if (offender === undefined || now - offender.lastWrong < FORGET_AFTER) return offender;
    this.#offenders.delete(address);
    return undefined;
  }
}

function waitAfter(wrong: number): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(wrong - FREE_ATTEMPTS, 16));
}
