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

/** How a client connects again by itself when its connection breaks. */
export interface ReconnectOptions extends BackoffOptions {
  /** Milliseconds without a connection after which it stops; default: never. */
  readonly giveUpAfter?: number;
}

/** Scripts do not wait for ever. A session can be resumed for as long as this. */
export const SCRIPT_RECONNECT: ReconnectOptions = { giveUpAfter: 5 * 60_000 };

/** Refusals that may be over in a moment. */
const TEMPORARY_REFUSALS: ReadonlySet<string> = new Set([
  "registration_timeout",
  "server_full",
  "too_busy",
  "too_many_attempts",
  "too_many_from_address",
]);

/** Failures that another attempt cannot change. Another program on the port, while the server is away,
 * is none of them: it may go. */
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
 * Each is twice as long as the one before, up to a bound, and a random part of it between the half
 * and the whole: the clients of a server that restarts do not all return in the same moment.
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

  /** Returns the milliseconds before the next attempt. */
  next(): number {
    const whole = Math.min(this.#most, this.#first * 2 ** this.#attempts);
    if (whole < this.#most) this.#attempts++;
    return whole * (0.5 + this.#random() / 2);
  }

  /** Starts again with the first delay. */
  reset(): void {
    this.#attempts = 0;
  }
}

/**
 * Decides whether and when to connect again: with growing delays, until the server refuses this client
 * for good or cannot be trusted any more, or {@link ReconnectOptions.giveUpAfter} is over.
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

  /** An attempt has succeeded. */
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
