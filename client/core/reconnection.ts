import { ChatError } from "./chat_error.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionError } from "./connection_errors.ts";

/** The delays between attempts to connect. */
export interface BackoffOptions {
  /** Upper bound of the first delay; default 500. */
  readonly firstDelayMilliseconds?: number;
  /** Upper bound of all delays; default 30,000. */
  readonly maxDelayMilliseconds?: number;
  /** Returns a random number from 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/** How a client reconnects automatically. */
export interface ReconnectOptions extends BackoffOptions {
  /** Time without a connection after which it stops; default: never. */
  readonly stopAfterMilliseconds?: number;
}

/** Whether a client reconnects, and how. */
export interface RetryOptions {
  /** Whether and how to reconnect when the connection breaks. Default: no. */
  readonly reconnect?: boolean | ReconnectOptions;
  /** Maximum number of failed attempts to connect before the first `welcome`; default 1. */
  readonly attempts?: number;
}

/** Scripts stop after the time for which a session can be resumed. */
export const SCRIPT_RECONNECT: ReconnectOptions = { stopAfterMilliseconds: 5 * 60_000 };

/** Refusals for which another attempt is worthwhile. */
const TEMPORARY_REFUSALS: ReadonlySet<string> = new Set([
  "registration_timeout",
  "room_full",
  "server_full",
  "too_busy",
  "too_many_attempts",
  "too_many_from_address",
]);

/** Reasons of a `bye` after which a client does not reconnect. */
const FINAL_REASONS: ReadonlySet<string> = new Set(["quit", "kicked", "replaced"]);

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
  readonly #firstDelay: number;
  readonly #maxDelay: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor(options: BackoffOptions = {}) {
    this.#firstDelay = options.firstDelayMilliseconds ?? 500;
    this.#maxDelay = options.maxDelayMilliseconds ?? 30_000;
    this.#random = options.random ?? Math.random;
  }

  next(): number {
    const whole = Math.min(this.#maxDelay, this.#firstDelay * 2 ** this.#attempts);
    if (whole < this.#maxDelay) this.#attempts++;
    return whole * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/**
 * Decides whether and when to reconnect: with growing delays, until the server refuses this client
 * permanently or cannot be trusted any more, or {@link ReconnectOptions.stopAfterMilliseconds} has passed.
 */
export class ReconnectSchedule {
  readonly #isEnabled: boolean;
  readonly #stopAfter: number;
  readonly #backoff: Backoff;
  /** Remaining attempts to connect before the first `welcome`. */
  #attempts: number;
  /** Time of the first failure since the last success. */
  #start: number | undefined;

  constructor({ reconnect = false, attempts = 1 }: RetryOptions, private readonly clock: Clock) {
    const options = typeof reconnect === "boolean" ? {} : reconnect;
    this.#isEnabled = reconnect !== false;
    this.#stopAfter = options.stopAfterMilliseconds ?? Infinity;
    this.#backoff = new Backoff(options);
    this.#attempts = attempts;
  }

  /**
   * Takes an attempt after the end of a connection. With a session their number has no bound.
   *
   * @param byeReason the reason that the server has sent, if any.
   * @returns whether to reconnect.
   */
  takeAttempt(byeReason: string | undefined, hasSession: boolean): boolean {
    if (!this.#isEnabled || FINAL_REASONS.has(byeReason ?? "")) return false;
    return hasSession || --this.#attempts > 0;
  }

  /** @returns the milliseconds until the next attempt; `undefined` to stop. */
  next(failure: ConnectionError | ChatError): number | undefined {
    if (isPermanent(failure)) return undefined;
    this.#start ??= this.clock.now();
    const left = this.#start + this.#stopAfter - this.clock.now();
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
