import { ChatError } from "./chat_error.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionError } from "./connection_errors.ts";

/** The delays between attempts to connect. */
export interface BackoffOptions {
  /** Upper bound of the first delay in milliseconds; default 500. */
  readonly first?: number;
  /** Upper bound of all delays in milliseconds; default 30,000. */
  readonly most?: number;
  /** Returns a random number from 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/** How a client reconnects automatically. */
export interface ReconnectOptions extends BackoffOptions {
  /** Milliseconds without a connection after which it stops; default: never. */
  readonly giveUpAfter?: number;
}

/** Scripts stop after the time for which a session can be resumed. */
export const SCRIPT_RECONNECT: ReconnectOptions = { giveUpAfter: 5 * 60_000 };

/** Refusals for which another attempt is worthwhile. */
const TEMPORARY_REFUSALS: ReadonlySet<string> = new Set([
  "registration_timeout",
  "server_full",
  "too_busy",
  "too_many_attempts",
  "too_many_from_address",
]);

/** Failures that another attempt cannot change. Another program on the port while the server is down is
 * not one of them: it may end. */
const PERMANENT_FAILURES: ReadonlySet<string> = new Set([
  "bad_port",
  "certificate_changed",
  "certificate_differs",
  "certificate_name",
  "certificate_untrusted",
  "known_hosts",
]);

/**
 * Growing delays with jitter.
 *
 * Each is twice as long as the one before, up to a bound. Between half of it and all of it is chosen at
 * random, so that the clients of a restarted server do not all return at once.
 */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor({ first = 500, most = 30_000, random = Math.random }: BackoffOptions = {}) {
    this.#first = first;
    this.#most = most;
    this.#random = random;
  }

  next(): number {
    const whole = Math.min(this.#most, this.#first * 2 ** this.#attempts);
    if (whole < this.#most) this.#attempts++;
    return whole * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/**
 * Decides whether and when to reconnect: with growing delays, until the server refuses this client
 * permanently or cannot be trusted any more, or {@link ReconnectOptions.giveUpAfter} has passed.
 */
export class ReconnectSchedule {
  readonly #backoff: Backoff;
  /** Time of the first failure since the last success. */
  #start: number | undefined;

  constructor(private readonly options: ReconnectOptions, private readonly clock: Clock) {
    this.#backoff = new Backoff(options);
  }

  /** @returns the milliseconds until the next attempt; `undefined` to stop. */
  next(failure: ConnectionError | ChatError): number | undefined {
    if (isPermanent(failure)) return undefined;
    this.#start ??= this.clock.now();
    const left = this.#start + (this.options.giveUpAfter ?? Infinity) - this.clock.now();
    return left <= 0 ? undefined : Math.min(left, this.#backoff.next());
  }

  reset(): void {
    this.#start = undefined;
    this.#backoff.reset();
  }
}

function isPermanent(error: ConnectionError | ChatError): boolean {
  return error instanceof ChatError
    ? !TEMPORARY_REFUSALS.has(error.code)
    : PERMANENT_FAILURES.has(error.code);
}
