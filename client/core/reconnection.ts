import { Backoff, type BackoffOptions } from "./backoff.ts";
import { ChatError } from "./chat_error.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionEvent } from "./connection_event.ts";
import { ConnectionError } from "./connection_errors.ts";

/** How a client connects again by itself when its connection breaks. */
export interface ReconnectOptions extends BackoffOptions {
  /** Milliseconds without a connection after which it gives up; default: never. */
  readonly giveUpAfter?: number;
}

/** A script is not to wait for ever. As long as this a session can be resumed. */
export const SCRIPT_RECONNECT: ReconnectOptions = { giveUpAfter: 5 * 60_000 };

/** What a reconnection asks of its client. */
export interface ReconnectionHost {
  /** Connects and enters. @throws what was in the way. */
  attempt(): Promise<void>;
  tell(event: ConnectionEvent): void;
  /** There is no hope, for that reason. */
  givenUp(error: ConnectionError | ChatError): void;
}

/** Refusals that may be over in a moment. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set([
  "registration_timeout",
  "server_full",
  "too_busy",
  "too_many_attempts",
  "too_many_from_address",
]);

/** Failures that time does not heal. Who else answers on the port, while the server is away, may go. */
const LASTING_FAILURES: ReadonlySet<string> = new Set([
  "bad_port",
  "certificate_changed",
  "certificate_differs",
  "certificate_name",
  "certificate_untrusted",
  "known_hosts",
]);

/**
 * Tries to connect again until it works, with growing delays, or until there is no hope: the server
 * refuses this client or cannot be trusted any more, or {@link ReconnectOptions.giveUpAfter} is over.
 */
export class Reconnection {
  readonly #backoff: Backoff;
  #isStopped = false;
  #endWait: (() => void) | undefined;

  constructor(
    private readonly options: ReconnectOptions,
    private readonly clock: Clock,
    private readonly host: ReconnectionHost,
  ) {
    this.#backoff = new Backoff(options);
  }

  /** Tries until it works. */
  async run(why: ConnectionError): Promise<void> {
    const start = this.clock.now();
    let error: ConnectionError | ChatError = why;
    for (let state: "lost" | "waiting" = "lost";; state = "waiting") {
      const left = start + (this.options.giveUpAfter ?? Infinity) - this.clock.now();
      if (left <= 0) return this.host.givenUp(error);
      const retryMilliseconds = Math.min(left, this.#backoff.next());
      this.host.tell({ type: "connection", state, text: error.message, retryMilliseconds });
      await this.#wait(retryMilliseconds);
      if (this.#isStopped) return;
      try {
        return await this.host.attempt();
      } catch (failure) {
        if (this.#isStopped) return;
        if (!(failure instanceof ConnectionError || failure instanceof ChatError)) throw failure;
        if (isLasting(failure)) return this.host.givenUp(failure);
        error = failure;
      }
    }
  }

  /** Gives up without a word. */
  stop(): void {
    this.#isStopped = true;
    this.#endWait?.();
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(milliseconds, resolve);
      this.#endWait = () => {
        cancel();
        resolve();
      };
    });
  }
}

function isLasting(error: ConnectionError | ChatError): boolean {
  return error instanceof ChatError
    ? !PASSING_REFUSALS.has(error.code)
    : LASTING_FAILURES.has(error.code);
}
