import { type ProtocolError, protocolError, TOO_LONG } from "../../protocol/mod.ts";
import type { Chat } from "../chat/chat.ts";
import type { Outbox, Skipped } from "../fanout/outbox.ts";
import type { StopReason } from "../network/connection_registry.ts";
import type { Task, Urgency } from "../scheduling/scheduler.ts";
import { type Rate, TokenBucket } from "../scheduling/token_bucket.ts";
import type { Input, InputFormat } from "./input.ts";
import { InputBudget } from "./input_budget.ts";
import { LongWork, type LongWorkHost } from "./long_work.ts";

/** The reason of the end of a task. */
export type WorkState =
  /** No input is waiting. */
  | "idle"
  /** Input is waiting; other connections come first. */
  | "more"
  /** The client has no tokens, see {@link InputTask.throttledFor}. */
  | "throttled"
  /** The client does not read its answers; the work continues when its outbox is empty. */
  | "full"
  /** Long work is running; the input continues after it. */
  | "waiting"
  /** The session is over. */
  | "ended";

/** Receives the input of a connection: its session. */
export interface ConnectionListener {
  handle(input: Input): void;
  /** All input is handled, and the input has ended. */
  inputEnded(): void;
  /** The client reads again, and has missed messages. */
  skipped(skipped: Skipped): void;
  failed(error: unknown): void;
  close(why: ProtocolError): void;
  /** Ends the session when the server stops. */
  shutDown(reason: StopReason): void;
}

/** The connection whose input is handled. */
export interface InputSource {
  readonly format: InputFormat;
  readonly hasJoined: boolean;
  readonly isOver: boolean;
  /** Stops or continues to read from the transport. */
  setPaused(isPaused: boolean): void;
  /** Writes to a client that is not read: only a failed write shows that it has closed. */
  probeThrottled(): void;
  failed(error: unknown): void;
}

/** Unread bytes past which a client without tokens is not read. Only a socket that is read shows that its
 * other side has closed, and after a flood only once the flood was read. */
const MAX_THROTTLED_BYTES = 256 * 1024;

/** The same for a client without a name, since there may be many of them. */
const MAX_UNNAMED_BYTES = 16 * 1024;

/** Time in which a client that has half-closed has to read what waits for it before the rest of a long answer,
 * in milliseconds. Nothing else shows that it is gone. */
const UNREAD_MILLISECONDS = 60_000;

/** Interval of probes of a throttled client, in milliseconds. */
const PROBE_MILLISECONDS = 1000;

/** Time for which a client is new, in milliseconds: then all clients have their tokens, also those that
 * connect at the same time. */
const NEW_MILLISECONDS = 5000;

/** Maximum bytes of answers of one connection in one task before others are served. */
const MAX_ANSWER_BYTES_PER_TASK = 64 * 1024;

/** Handles the input of one connection in its tasks, within its tokens, answers and long work, and pauses
 * the transport otherwise. */
export class InputTask implements Task, LongWorkHost {
  readonly #budget: InputBudget;
  readonly #longWork: LongWork;
  readonly #startedAt: number;
  #state: WorkState = "idle";
  #answerBytes = 0;
  #isInputEnded = false;
  #isClosed = false;
  #isTooSlow = false;
  /** Whether bytes that are no input were charged since the client had tokens. */
  #hasSkipped = false;
  /** Whether it is in the scheduler. */
  #isReady = false;
  /** The wait for tokens, or for a client that has half-closed to read. */
  #cancelWait: (() => void) | undefined;
  /** End of the last wait for tokens, in monotonic milliseconds. */
  #throttledUntil = -Infinity;
  /** Monotonic milliseconds of the last probe. */
  #probedAt = -Infinity;

  /** @param rate `null` for no limit. */
  constructor(
    private readonly source: InputSource,
    private readonly listener: ConnectionListener,
    private readonly outbox: Outbox,
    private readonly chat: Chat,
    rate: Rate | null,
  ) {
    this.#startedAt = chat.monotonic();
    const bucket = rate === null ? undefined : new TokenBucket(rate, this.#startedAt);
    this.#budget = new InputBudget(bucket, chat.monotonic);
    this.#longWork = new LongWork(this, chat.scheduler);
  }

  /** The reason of the end of the last task. */
  get state(): WorkState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.source.isOver;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Milliseconds until a throttled client has a token. */
  get throttledFor(): number {
    return this.#budget.throttledFor;
  }

  /** Whether long work is running, after which the input continues. */
  get isWorking(): boolean {
    return this.#longWork.isRunning;
  }

  get isBlocked(): boolean {
    return this.throttledFor > 0 || this.outbox.isFullOfAnswers;
  }

  /** The urgency of its input; the same for all clients without a rate limit. */
  get urgency(): Urgency {
    if (!this.#budget.isNearlyFull) return "busy";
    const isNew = this.chat.monotonic() - this.#startedAt < NEW_MILLISECONDS;
    return !this.source.hasJoined || isNew ? "new" : "quiet";
  }

  /** Adds itself to the scheduler, unless it is there. */
  wake(): void {
    if (this.#isReady) return;
    this.#cancelWait?.();
    this.#isReady = true;
    this.chat.scheduler.add(this, this.urgency);
  }

  work(budget: number): boolean {
    try {
      if (this.#isTooSlow) this.listener.close(protocolError("too_slow"));
      this.#state = "more";
      this.#answerBytes = 0;
      for (let done = 0; done < budget; done++) {
        const input = this.#nextInput();
        if (input === undefined) return this.#rest();
        this.listener.handle(input);
      }
      return true;
    } catch (error) {
      this.#isReady = false;
      this.failed(error);
      return false;
    }
  }

  /** The input has ended: the rest is handled. */
  endInput(): void {
    this.#isInputEnded = true;
    this.wake();
  }

  /** Handles the remaining input at once and within bounds: the connection is closed, and should release its
   * place and its name. */
  close(): void {
    this.#isClosed = true;
    this.#budget.closed();
    this.#longWork.dropParked();
    this.endInput();
  }

  /** The client reads too slowly. Called during a write: the client gets the error in the next task. */
  endTooSlow(): void {
    this.#isTooSlow = true;
    this.wake();
  }

  stop(): void {
    this.#cancelWait?.();
  }

  /** Shares the tokens between the connections of a member. */
  shareBudget(member: { bucket: TokenBucket | undefined }): void {
    this.#budget.shareWith(member);
  }

  /** Charges bytes that became no line or frame; see {@link InputBudget.payReceived}. */
  payReceived(bytes: number): void {
    const { buffered } = this.source.format.decoder;
    if (this.#budget.payReceived(bytes, buffered)) this.#hasSkipped = true;
  }

  payAnswer(bytes: number): void {
    this.#answerBytes += bytes;
    this.#budget.payAnswer(bytes);
  }

  chargeTokens(tokens: number): void {
    this.#budget.charge(tokens);
  }

  refundTokens(): void {
    this.#budget.refundInput();
  }

  /** Handles no more input until a promise is settled. */
  wait(work: Promise<void>): void {
    this.#longWork.wait(work);
  }

  /** Handles no more input until a step in slices returns false. */
  runInSlices(step: () => boolean): void {
    this.#longWork.run(step);
  }

  failed(error: unknown): void {
    this.source.failed(error);
  }

  /** The next line or frame that may be handled now; without one, {@link state} has the reason. */
  #nextInput(): Input | undefined {
    const { outbox } = this;
    if (this.source.isOver) return this.#stop("ended");
    if (this.#longWork.isParked) {
      if (this.throttledFor > 0) return this.#stop("throttled");
      if (outbox.isFullOfAnswers) return this.#stop("full");
      this.#longWork.resume();
    }
    if (this.#longWork.isRunning) return this.#stop("waiting");
    if (outbox.isFullOfAnswers && !this.#isInputEnded) return this.#stop("full");
    if (this.#answerBytes > MAX_ANSWER_BYTES_PER_TASK) return this.#stop("more");
    if (this.chat.fanout.isFull) return this.#stop("more");
    const { decoder } = this.source.format;
    const isThrottled = this.throttledFor > 0;
    if (!isThrottled) this.#hasSkipped = false;
    if (isThrottled && (decoder.buffered > 0 || this.#hasSkipped)) return this.#stop("throttled");
    const { isUsedUp } = this.#budget;
    let input = isUsedUp ? undefined : decoder.next();
    if (input === undefined) {
      if (!this.#isInputEnded) return this.#stop("idle");
      input = isUsedUp ? undefined : decoder.finish();
      if (input === undefined) {
        this.listener.inputEnded();
        return this.#stop("ended");
      }
    }
    this.#budget.payInput(input === TOO_LONG ? 0 : input.length);
    return input;
  }

  #stop(state: WorkState): undefined {
    this.#state = state;
  }

  /** Ends a task for the reason in {@link state}. @returns whether it continues. */
  #rest(): boolean {
    const state = this.#state;
    if (state === "more") return true;
    this.#isReady = false;
    if (state === "throttled") this.#waitForTokens();
    else if (state !== "ended") this.source.setPaused(state !== "idle");
    if (state === "full" && this.#isInputEnded) this.#waitForReader();
    return false;
  }

  #waitForReader(): void {
    this.#cancelWait = this.chat.after(UNREAD_MILLISECONDS, () => {
      this.#longWork.dropParked();
      this.wake();
    });
  }

  #waitForTokens(): void {
    const now = this.chat.monotonic();
    // Tasks before the end of the same wait, of further input, are not counted.
    if (now >= this.#throttledUntil) this.chat.metrics.throttled++;
    this.#throttledUntil = now + this.throttledFor;
    const limit = this.source.hasJoined ? MAX_THROTTLED_BYTES : MAX_UNNAMED_BYTES;
    const isFull = this.#hasSkipped || this.source.format.decoder.buffered >= limit;
    this.source.setPaused(isFull);
    if (isFull || this.#isInputEnded) this.#probe();
    this.#cancelWait = this.chat.after(this.throttledFor, () => this.wake());
  }

  #probe(): void {
    const now = this.chat.monotonic();
    if (now - this.#probedAt < PROBE_MILLISECONDS) return;
    this.#probedAt = now;
    this.source.probeThrottled();
  }
}
