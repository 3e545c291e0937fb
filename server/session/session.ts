import {
  type ByeReason,
  type ByteString,
  cleanBytes,
  type DecodedLine,
  isOpenJson,
  parseInput,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  sizeText,
  TOO_LONG,
  withoutSeparator,
} from "../../protocol/mod.ts";
import { createInputFormat, type InputFormat } from "./input_format.ts";
import type { Hello } from "../chat/authenticator.ts";
import { LoginPrompt, type LoginPromptHost } from "./login_prompt.ts";
import type { Subscriber } from "../fanout/audience.ts";
import { handleFrame } from "../chat/handlers.ts";
import type { HandlerSession } from "../chat/handlers/handler.ts";
import { InputBudget } from "./input_budget.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import { Joining } from "./joining.ts";
import { listUsers } from "../chat/listing.ts";
import { LongWork } from "./long_work.ts";
import type { LeaveReason } from "../chat/hub.ts";
import type { Member } from "../chat/member.ts";
import type { StopReason } from "../network/connection_registry.ts";
import { reasonOf } from "../chat/moderation.ts";
import type { Skipped } from "../fanout/outbox.ts";
import type { SessionConnection, SessionServer } from "./session_server.ts";
import { StorageError } from "../storage/storage_error.ts";
import type { Urgency } from "../scheduling/scheduler.ts";

/** Why a session stopped working on its input. */
export type WorkState =
  /** Nothing is left to do until more comes in. */
  | "idle"
  /** There is more; the others come first. */
  | "more"
  /** It said more than it may; {@link Session.throttledFor} says for how long it has to wait. */
  | "throttled"
  /** It does not read its answers; it goes on when its outbox is empty. */
  | "full"
  /** A password is being checked; it goes on when that is done. */
  | "waiting"
  /** It is over. */
  | "ended";

/** How long a client is new, in milliseconds: all have their tokens then, a crowd that comes at once,
 * too. */
const NEW_MILLISECONDS = 5000;

/** Answers that one session may cause in one turn, in bytes, before the others come first. */
const MAX_ANSWER_BYTES_PER_TURN = 64 * 1024;

const SHUTDOWN_TEXT: Readonly<Record<StopReason, string>> = {
  shutdown: "The server is shutting down.",
  restart: "The server is restarting.",
};

/**
 * One participant's connection: from bytes to frames, from no name to a member, to the end.
 *
 * It does no I/O: bytes are pushed in, and what it says goes to the fan-out.
 */
export class Session implements HandlerSession {
  readonly #inputFormat: InputFormat;
  readonly #entry: LoginPrompt;
  readonly #startedAt: number;
  #member: Member | undefined;
  #inputEnded = false;
  #ended = false;
  #answerBytes = 0;
  readonly #budget: InputBudget;
  readonly #longWork: LongWork;
  readonly #joining: Joining;

  constructor(
    private readonly server: SessionServer,
    private readonly subscriber: Subscriber,
    private readonly connection: SessionConnection,
  ) {
    this.#budget = new InputBudget(connection.bucket, () => server.monotonic());
    this.#longWork = new LongWork(this, connection);
    this.#startedAt = server.monotonic();
    this.#inputFormat = createInputFormat(subscriber.format.kind);
    this.#entry = new LoginPrompt(this.#entryHost());
    this.#joining = new Joining(server, connection, subscriber, this, this.#entry);
  }

  get member(): Member | undefined {
    return this.#member;
  }

  get ip(): string {
    return this.connection.ip;
  }

  get isPerson(): boolean {
    return this.#inputFormat.isPerson;
  }

  get showsOwnWhispers(): boolean {
    return this.isPerson;
  }

  /** Bytes that came in and were not worked on yet. */
  get bufferedBytes(): number {
    return this.#inputFormat.decoder.buffered;
  }

  /** True once nothing more will come in. */
  get isInputEnded(): boolean {
    return this.#inputEnded;
  }

  /** When its input is worked on; without a limit on the rate all are alike. */
  get urgency(): Urgency {
    if (!this.#budget.isNearlyFull) return "busy";
    const isNew = this.server.monotonic() - this.#startedAt < NEW_MILLISECONDS;
    return this.#member === undefined || isNew ? "new" : "quiet";
  }

  /** True once it needs no more input. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** True once the client is gone: its answers are not needed any more. */
  get isGone(): boolean {
    return this.#budget.isGone;
  }

  /** True while the client has no tokens, or does not read its answers. */
  get isBlocked(): boolean {
    return this.throttledFor > 0 || this.subscriber.outbox.isFullOfAnswers;
  }

  /** Milliseconds until a throttled session may go on. */
  get throttledFor(): number {
    return this.#budget.throttledFor;
  }

  /** Asks people for what is needed first. */
  start(): void {
    this.#entry.start(this.server.authenticator.hasServerPassword);
  }

  /** Takes in bytes; {@link work} works on them. */
  push(chunk: ByteString): void {
    if (!this.#ended) this.#inputFormat.decoder.push(chunk);
  }

  /** Whether the last line lacks only its end: the text of a person, or complete JSON, or text that more
   * text cannot make valid JSON. */
  get lacksLineEnd(): boolean {
    const { decoder, isPerson } = this.#inputFormat;
    if (this.#ended || isPerson) return !this.#ended;
    const line = withoutSeparator(decoder.unfinished ?? "").trim();
    return line !== "" && !isOpenJson(line);
  }

  /** Sends the client that its line has no end. */
  reportMissingLineEnd(): void {
    // Behind the prompt, which has none either.
    if (this.#member === undefined && this.isPerson) {
      this.server.fanout.direct(this.subscriber, "\n");
    }
    this.send({ type: "error", ...protocolError("missing_line_end") });
  }

  /** Nothing more will come in. What has come in is still worked on. */
  endInput(): void {
    this.#inputEnded = true;
  }

  /**
   * The client is gone. What it had sent is still worked on, at once and within bounds: it must not
   * hold its place or its name any longer. Answers that take long are given up.
   */
  disconnected(): void {
    this.#inputEnded = true;
    this.#budget.disconnected();
    this.#longWork.dropParked();
  }

  /** The client is gone, and nothing that it had sent is worked on any more. */
  abandon(): void {
    if (!this.#ended) this.#connectionBroke();
  }

  /** Ends the connection: an error was thrown while its input was worked on, or it was written to. */
  fail(error: unknown): void {
    reportInternalError(this.server, error, this.connection.address);
    this.close(protocolError("internal_error"));
  }

  /**
   * Works on the input.
   *
   * @param budget how many lines or frames at most.
   */
  work(budget: number): WorkState {
    const { decoder } = this.#inputFormat;
    this.#answerBytes = 0;
    for (let done = 0; done < budget; done++) {
      if (this.#ended) return "ended";
      if (this.#longWork.isParked) {
        if (this.throttledFor > 0) return "throttled";
        if (this.subscriber.outbox.isFullOfAnswers) return "full";
        this.#longWork.resume();
      }
      if (this.#longWork.isRunning) return "waiting";
      if (this.subscriber.outbox.isFullOfAnswers && !this.#inputEnded) return "full";
      if (this.#answerBytes > MAX_ANSWER_BYTES_PER_TURN) return "more";
      if (this.server.fanout.isFull) return "more";
      if (decoder.buffered > 0 && this.throttledFor > 0) return "throttled";
      let line = this.#budget.isUsedUp ? undefined : decoder.next();
      if (line === undefined) {
        if (!this.#inputEnded) return "idle";
        line = this.#budget.isUsedUp ? undefined : decoder.finish();
        if (line === undefined) {
          this.#connectionBroke();
          return "ended";
        }
      }
      this.#budget.payInput(line === TOO_LONG ? 0 : line.length);
      this.#handleLine(line);
    }
    return "more";
  }

  send(frame: ServerFrame): void {
    this.sendMeasured(frame);
  }

  /** Sends a frame. @returns its size in bytes. */
  sendMeasured(frame: ServerFrame): number {
    const bytes = this.subscriber.format.encode(frame, this.#member?.name);
    this.#answerBytes += bytes.length;
    this.#budget.payAnswer(bytes.length);
    this.server.fanout.direct(this.subscriber, bytes);
    return bytes.length;
  }

  register(hello: Hello): void {
    this.#joining.start(hello);
  }

  /** The client has its name: the session is the member's from here on. */
  joined(member: Member): void {
    this.#member = member;
    this.#budget.shareWith(member);
    member.dismiss = (reason, text, isForGood) => this.#dismiss(reason, text, isForGood);
    this.connection.onRegistered();
  }

  wait(work: Promise<void>): void {
    this.#longWork.wait(work);
  }

  runInSlices(step: () => boolean): void {
    this.#longWork.run(step);
  }

  chargeTokens(tokens: number): void {
    this.#budget.charge(tokens);
  }

  refundTokens(): void {
    this.#budget.refundInput();
  }

  /** Answers an error of long work: data that cannot be read is an answer, all else ends the client. */
  failed(error: unknown): void {
    if (error instanceof StorageError) this.refuse(protocolError("storage_failed"));
    else this.fail(error);
  }

  quit(reason?: string): void {
    const { name = "" } = this.#member ?? {};
    this.#say("quit", name === "" ? "Goodbye!" : `Goodbye, ${name}!`);
    this.#leave(reasonOf(reason));
  }

  /** Tells the client why, and ends. */
  close(why: ProtocolError): void {
    if (this.#ended) return;
    this.connection.onRefused?.(why.code);
    this.send({ type: "error", ...why });
    this.#leave();
  }

  /** Sends an error. */
  refuse(error: ProtocolError, ref?: string): void {
    this.send({ type: "error", ...error, ...(ref === undefined ? undefined : { ref }) });
    // A line that is too long, before there is a name, was an attempt at one.
    if (this.#member === undefined && !this.#ended && this.#inputFormat.isPerson) {
      this.#entry.countRefusal();
    }
  }

  /** Tells the client that the server stops, and ends. The session can be resumed. */
  shutDown(reason: StopReason): void {
    if (this.#ended) return;
    this.#say(reason, SHUTDOWN_TEXT[reason]);
    this.#end();
  }

  /** Sends a person how much of what they sent waits for tokens. */
  reportBacklog(): void {
    const bytes = this.bufferedBytes;
    const waiting = `${sizeText(bytes)} ${bytes === 1 ? "waits" : "wait"}`;
    this.send({ type: "notice", text: `You send faster than this server reads: ${waiting}.` });
  }

  /** Sends the client the number of messages that it missed; after missed notices, the users, too. */
  tellSkipped({ count, from, to, hasNotices }: Skipped): void {
    const member = this.#member;
    if (member === undefined) return;
    const { name: room, topic = "" } = member.room;
    if (count > 0) this.send({ type: "skipped", room, count, from, to });
    // In one write with `skipped`, so that it cannot exceed the bound of unsent bytes.
    if (hasNotices === true) this.send({ ...listUsers(member), unasked: true, topic });
  }

  #entryHost(): LoginPromptHost {
    return {
      isPerson: this.#inputFormat.isPerson,
      prompt: (text) => this.server.fanout.direct(this.subscriber, text),
      sendError: (error) => this.send({ type: "error", ...error }),
      enter: (hello) => this.register(hello),
      leave: () => {
        this.connection.onRefused?.("too_many_refusals");
        this.#leave();
      },
    };
  }

  #handleLine(line: Exclude<DecodedLine, undefined>): void {
    try {
      this.#handle(line);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.refuse(protocolError("storage_failed"));
    }
  }

  #handle(line: Exclude<DecodedLine, undefined>): void {
    if (line === TOO_LONG) {
      this.server.metrics.tooLong++;
      if (!this.#inputFormat.resumes) return this.close(this.#inputFormat.tooLong);
      return this.refuse(this.#inputFormat.tooLong);
    }
    if (this.#member === undefined && this.#inputFormat.isPerson) return this.#takeAnswer(line);
    const input = this.#inputFormat.parse(line);
    if (input === undefined) return;
    if (input.error !== undefined) return this.refuse(input.error, input.ref);
    const error = handleFrame(input.frame, this, this.server);
    if (error !== undefined) this.refuse(error, input.frame.id);
  }

  /** Takes what a person typed at a prompt. */
  #takeAnswer(line: ByteString): void {
    const text = cleanBytes(line);
    if (text === undefined) return this.#entry.refuse(protocolError("invalid_utf8"), "name");
    const command = text.trimStart().startsWith("/") ? parseInput(text.trim()) : undefined;
    if (command?.frame?.type === "quit") return this.quit();
    this.#entry.answer(text);
  }

  #say(reason: ByeReason, text: string): void {
    this.send({ type: "bye", reason, text });
  }

  /** The connection is gone, or the client has closed its side, without a goodbye. */
  #connectionBroke(): void {
    const member = this.#member;
    if (member === undefined || !this.server.resumption.broke(member)) return this.#leave();
    this.#end();
  }

  /** The client leaves for good. */
  #leave(why?: LeaveReason): void {
    const member = this.#member;
    this.#end();
    if (member === undefined) return;
    this.server.hub.unregister(member, why);
    this.server.resumption.close(member);
  }

  /** Somebody else ends it: an operator, or the same person over another connection. */
  #dismiss(
    reason: "kicked" | "replaced",
    text: string,
    isForGood: boolean = reason === "kicked",
  ): void {
    if (this.#ended) return;
    this.#say(reason, text);
    if (isForGood) this.#leave();
    else {
      this.#member = undefined;
      this.#end();
    }
    this.connection.wake();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const member = this.#member;
    if (member !== undefined) {
      const { name } = member;
      const { address } = this.connection;
      this.server.presenceLog.left(name === "" ? { address } : { name, address });
    }
    this.server.fanout.end(this.subscriber);
  }
}
