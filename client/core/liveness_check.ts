import type { Clock } from "./clock.ts";

/** Periods of silence, in milliseconds. */
export interface LivenessTimes {
  /** Silence before a `ping` is sent. */
  readonly silence: number;
  /** Time limit of the answer. */
  readonly answer: number;
}

/**
 * Detects a connection that broke without a close, such as when the network is gone.
 *
 * TCP alone does not: a client that only listens sends nothing that could fail, and a browser waits for
 * many minutes. One timer serves many frames, since a file arrives in thousands of them.
 */
export class LivenessCheck {
  #receivedAt = 0;
  #cancel: (() => void) | undefined;
  /** Whether the `ping` was sent and not answered. */
  #hasAsked = false;

  /** @param expire called once, with the milliseconds since something was received. */
  constructor(
    private readonly clock: Clock,
    private readonly times: LivenessTimes,
    private readonly ask: () => void,
    private readonly expire: (silence: number) => void,
  ) {}

  start(): void {
    this.#receivedAt = this.clock.now();
    this.#listen(this.times.silence);
  }

  /** Stops, such as while the client itself does not read. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  received(): void {
    if (this.#cancel === undefined) return;
    this.#receivedAt = this.clock.now();
    if (this.#hasAsked) this.#listen(this.times.silence);
  }

  /** Sends a `ping` at once. @param answer milliseconds until its answer is overdue. */
  check(answer: number): void {
    if (this.#cancel !== undefined) this.#ask(answer);
  }

  #listen(milliseconds: number): void {
    this.#hasAsked = false;
    this.#set(milliseconds, () => {
      const { silence, answer } = this.times;
      const left = this.#receivedAt + silence - this.clock.now();
      // The time of day may be set back.
      if (left > 0) this.#listen(Math.min(left, silence));
      else this.#ask(answer);
    });
  }

  #ask(answer: number): void {
    this.#hasAsked = true;
    this.ask();
    this.#set(answer, () => {
      this.stop();
      // At least the time for the answer, even if the time of day was set back.
      this.expire(Math.max(answer, this.clock.now() - this.#receivedAt));
    });
  }

  #set(milliseconds: number, action: () => void): void {
    this.#cancel?.();
    this.#cancel = this.clock.after(milliseconds, action);
  }
}
