import { Buffer } from "node:buffer";
import type { MessageFrame } from "../../protocol/mod.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Clock } from "../scheduling/clock.ts";
import { hookBody } from "./hook_body.ts";
import { hookHeaders } from "./hook_signature.ts";
import type { Outcome, Target } from "./hook_target.ts";

/** Maximum number of messages that wait for one webhook; the oldest ones are dropped. */
export const MAX_WAITING_MESSAGES = 1000;

/** Maximum number of bytes of their texts. */
export const MAX_WAITING_BYTES = 1024 * 1024;

/** Attempts to send a message; then it is dropped, so that one that a receiver cannot handle does not stop
 * those behind it. */
export const MAX_ATTEMPTS = 10;

/** Milliseconds until the second attempt, twice as long before each later one, and the maximum. Of this
 * time a random part of up to one half is left out, so that servers do not try all at once. */
const FIRST_WAIT_MILLISECONDS = 1000;
const MAX_WAIT_MILLISECONDS = 60_000;

/** Maximum number of milliseconds that a `Retry-After` asks for. */
const MAX_RETRY_AFTER_MILLISECONDS = 300_000;

/** Minimum number of milliseconds between two log entries of one kind about one webhook. */
const LOG_MILLISECONDS = 600_000;

/** A message on its way to a webhook. */
export interface HookMessage {
  readonly frame: MessageFrame;
  /** The same in all attempts: a receiver may get a message twice. */
  readonly id: string;
}

export interface HookQueueParts {
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
  readonly metrics: Pick<Metrics, "hookSent" | "hookFailed" | "hookDropped">;
  /** From 0 to 1. */
  readonly random: () => number;
  /** The secret of the signatures; it may change at any time. */
  readonly options: { readonly hookOutSecret: string | null };
}

/**
 * The messages that wait for one webhook.
 *
 * 1. They are sent in order, one after the other; a failed one is tried again before the next is sent.
 * 2. Network errors, 408, 429 and 5xx are tried again, later each time; other answers than 2xx drop the
 *    message at once.
 * 3. Number and size are bounded: the oldest message is dropped.
 * 4. Adding never sends: the caller is in its turn.
 */
export class HookQueue {
  readonly #waiting: HookMessage[] = [];
  #waitingBytes = 0;
  /** The message that is sent, or tried again; it is in the queue no more. */
  #current: HookMessage | undefined;
  #attempts = 0;
  /** Failed attempts since the last success, also of several messages. */
  #failures = 0;
  #running: Promise<void> | undefined;
  /** Ends the wait for the next attempt. */
  #wake = () => {};
  #isStopping = false;
  #isClosed = false;
  /** Monotonic milliseconds of the last log entry of each kind. */
  readonly #loggedAt = { "webhook failed": -Infinity, "webhook queue full": -Infinity };
  #isFailureLogged = false;
  /** Messages dropped since the last log entry. */
  #dropped = 0;

  /** @param labels of log entries: room and host. */
  constructor(
    private readonly target: Target,
    private readonly labels: { readonly room: string; readonly host: string },
    private readonly parts: HookQueueParts,
  ) {}

  /** Messages that are not sent. */
  get size(): number {
    return this.#waiting.length + (this.#current === undefined ? 0 : 1);
  }

  add(message: HookMessage): void {
    this.#waiting.push(message);
    this.#waitingBytes += sizeOf(message);
    while (
      this.#waiting.length > MAX_WAITING_MESSAGES || this.#waitingBytes > MAX_WAITING_BYTES
    ) {
      this.#take();
      this.#drop();
      this.#log("webhook queue full");
    }
    const { clock } = this.parts;
    this.#running ??= new Promise<void>((resolve) => clock.after(0, resolve))
      .then(() => this.#run());
  }

  /** Tries to send all messages at once. Resolves when none is left, at the first attempt that would be
   * repeated later, or when {@link close} is called. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#running;
  }

  /** Closes the connection. The messages are not sent. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
    this.target.close();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#current ??= this.#take();
      if (this.#current === undefined) break;
      const outcome = await this.#send(this.#current);
      // A closed one has failed for that reason.
      if (this.#isClosed) break;
      const fault = faultOf(outcome);
      if (fault === undefined) this.#succeed();
      else this.#fail(fault);
      if (fault === undefined || fault.isFinal) continue;
      if (this.#isStopping) break;
      await this.#wait(this.#waitOf(outcome));
    }
    this.#running = undefined;
  }

  #take(): HookMessage | undefined {
    const message = this.#waiting.shift();
    if (message !== undefined) this.#waitingBytes -= sizeOf(message);
    return message;
  }

  async #send({ frame, id }: HookMessage): Promise<Outcome> {
    const { clock, options } = this.parts;
    const body = hookBody(frame, id);
    try {
      const headers = hookHeaders(options.hookOutSecret, id, clock.now(), body);
      return await this.target.post(body, headers);
    } catch (error) {
      return { error: (error as Error).message };
    }
  }

  #succeed(): void {
    this.#finish();
    this.#failures = 0;
    this.parts.metrics.hookSent++;
    if (!this.#isFailureLogged) return;
    this.#isFailureLogged = false;
    this.parts.log.info("webhook works again", { ...this.labels, dropped: this.#dropped });
    this.#dropped = 0;
  }

  #fail({ error, isFinal }: Fault): void {
    if (!isFinal) this.#failures++;
    this.parts.metrics.hookFailed++;
    if (isFinal || ++this.#attempts === MAX_ATTEMPTS) {
      this.#finish();
      this.#drop();
    }
    if (this.#log("webhook failed", error)) this.#isFailureLogged = true;
  }

  #finish(): void {
    this.#current = undefined;
    this.#attempts = 0;
  }

  #drop(): void {
    this.parts.metrics.hookDropped++;
    this.#dropped++;
  }

  /** Logs a failure, at most one of a kind per {@link LOG_MILLISECONDS}. @returns whether it did. */
  #log(event: "webhook failed" | "webhook queue full", error?: string): boolean {
    const now = this.parts.clock.monotonic();
    if (now - this.#loggedAt[event] < LOG_MILLISECONDS) return false;
    this.#loggedAt[event] = now;
    this.parts.log.warn(event, {
      ...this.labels,
      ...(error === undefined ? undefined : { error }),
      waiting: this.size,
      dropped: this.#dropped,
    });
    this.#dropped = 0;
    return true;
  }

  /** Milliseconds until the next attempt. */
  #waitOf(outcome: Outcome): number {
    const { clock, random } = this.parts;
    const doubled = FIRST_WAIT_MILLISECONDS * 2 ** Math.min(this.#failures - 1, 16);
    const wait = Math.min(doubled, MAX_WAIT_MILLISECONDS) * (1 - random() / 2);
    const asked = "status" in outcome ? retryAfterOf(outcome.retryAfter, clock.now()) : 0;
    return Math.max(wait, Math.min(asked, MAX_RETRY_AFTER_MILLISECONDS));
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(milliseconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

interface Fault {
  readonly error: string;
  /** Whether another attempt would have the same result. */
  readonly isFinal: boolean;
}

/** Why an attempt has failed; `undefined` if it has not. */
function faultOf(outcome: Outcome): Fault | undefined {
  if (!("status" in outcome)) return { error: outcome.error, isFinal: outcome.isFinal === true };
  const { status } = outcome;
  if (status >= 200 && status < 300) return undefined;
  const isRedirect = status >= 300 && status < 400;
  return {
    error: isRedirect ? `status ${status}: redirects are not followed` : `status ${status}`,
    isFinal: status < 500 && status !== 408 && status !== 429,
  };
}

/** The milliseconds that a `Retry-After` asks for, which is in seconds or a date; 0 for other texts. */
function retryAfterOf(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  const isDate = /^[A-Z][a-z]{2}, .* GMT$/.test(text);
  const milliseconds = isDate
    ? Date.parse(text) - now
    : /^\d{1,9}$/.test(text)
    ? 1000 * Number(text)
    : 0;
  return milliseconds > 0 ? milliseconds : 0;
}

/** The size of a message in the bounds of the queue. */
function sizeOf({ frame }: HookMessage): number {
  return Buffer.byteLength(frame.text);
}
