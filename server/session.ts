import {
  type ByeReason,
  type ByteString,
  cleanBytes,
  type ClientFrameOf,
  type DecodedLine,
  type ErrorCode,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  sizeText,
  TOO_LONG,
} from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";
import { createDialect, type Dialect } from "./dialect.ts";
import type { Entrance, EntranceOutcome, Welcome } from "./entrance.ts";
import { EntryDialogue, type EntryHost } from "./entry_dialogue.ts";
import type { Fanout, Subscriber } from "./fanout.ts";
import { handleFrame } from "./handlers.ts";
import type { HandlerServer, HandlerSession } from "./handlers/handler.ts";
import { reportInternalError } from "./internal_error.ts";
import type { Log } from "./log.ts";
import type { Member } from "./member.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { PresenceLog } from "./presence_log.ts";
import { StorageError } from "./storage/mod.ts";
import {
  HASH_TOKENS,
  INPUT_BYTES_PER_TOKEN,
  OUTPUT_BYTES_PER_TOKEN,
  type TokenBucket,
} from "./token_bucket.ts";
import type { Slice, Urgency } from "./turn.ts";

/** What a session shares with all others of its server. */
export interface SessionServer extends Clock, HandlerServer {
  readonly fanout: Fanout;
  readonly entrance: Entrance;
  readonly log: Log;
  readonly presenceLog: PresenceLog;
  readonly metrics: Pick<
    Metrics,
    "tooLong" | "resumed" | "refuse" | "internalErrors" | "registrations"
  >;
  /** Name and version, for `welcome`. */
  readonly serverName: string;
  /** An unguessable token. */
  newToken(): string;
}

/** What a session knows of its connection. */
export interface SessionConnection {
  /** The client's IP address. */
  readonly ip: string;
  /** The client's address and port, for the log alone. */
  readonly address: string;
  /** Its token bucket, where the rate is limited. */
  readonly bucket?: TokenBucket | undefined;
  /** Why the client could not join now, if so. */
  checkPlace(): ProtocolError | undefined;
  /** Takes a place for the client, which is about to get its name. @returns why there is none. */
  join(): ProtocolError | undefined;
  /** Called when the client has got its name. */
  onRegistered(): void;
  /** Called when the session is ended with an error. */
  onRefused?(code: ErrorCode): void;
  /** Has the session work again after it was waiting. */
  wake(): void;
  /** Adds long work to the server's turns. */
  addSlice(slice: Slice): void;
}

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

/** Answers from this size on, in bytes, cost tokens by their size; smaller ones are paid for by the
 * token of their question. */
const LARGE_ANSWER_BYTES = 1024;

/** How long a client is new, in milliseconds: all have their tokens then, a crowd that comes at once,
 * too. */
const NEW_MILLISECONDS = 5000;

/** Lines and frames of a client that is gone which are handled without a limit on the rate. */
const INPUTS_AFTER_CLOSE = 40;

/** Answers that one session may cause in one turn, in bytes, before the others come first. */
const MAX_ANSWER_BYTES_PER_TURN = 64 * 1024;

/** Why a server stops. */
export type StopReason = "shutdown" | "restart";

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
  readonly #dialect: Dialect;
  readonly #entry: EntryDialogue;
  readonly #startedAt: number;
  #member: Member | undefined;
  #isWaiting = false;
  #inputEnded = false;
  #ended = false;
  #answerBytes = 0;
  #bucket: TokenBucket | undefined;
  /** Tokens that the last line or frame cost. */
  #lastCost = 0;
  /** Long work that waits for tokens, or for the client to read. */
  #parkedSlice: Slice | undefined;
  /** Lines and frames that are still handled; absent while the client is there. */
  #inputsLeft: number | undefined;

  constructor(
    private readonly server: SessionServer,
    private readonly subscriber: Subscriber,
    private readonly connection: SessionConnection,
  ) {
    this.#bucket = connection.bucket;
    this.#startedAt = server.monotonic();
    this.#dialect = createDialect(subscriber.format.kind);
    this.#entry = new EntryDialogue(this.#entryHost());
  }

  get member(): Member | undefined {
    return this.#member;
  }

  get ip(): string {
    return this.connection.ip;
  }

  get showsOwnWhispers(): boolean {
    return this.#dialect.isPerson;
  }

  /** Bytes that came in and were not worked on yet. */
  get bufferedBytes(): number {
    return this.#dialect.decoder.buffered;
  }

  /** True once nothing more will come in. */
  get isInputEnded(): boolean {
    return this.#inputEnded;
  }

  /** When its input is worked on; without a limit on the rate all are alike. */
  get urgency(): Urgency {
    const now = this.server.monotonic();
    if (this.#bucket?.isNearlyFull(now) !== true) return "busy";
    return this.#member === undefined || now - this.#startedAt < NEW_MILLISECONDS ? "new" : "quiet";
  }

  /** True once it needs no more input. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Milliseconds until a throttled session may go on. */
  get throttledFor(): number {
    if (this.#inputsLeft !== undefined) return 0;
    return this.#bucket?.wait(this.server.monotonic()) ?? 0;
  }

  /** Asks people for what is needed first. */
  start(): void {
    this.#entry.start(this.server.entrance.hasServerPassword);
  }

  /** Takes in bytes; {@link work} works on them. */
  push(chunk: ByteString): void {
    if (!this.#ended) this.#dialect.decoder.push(chunk);
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
    this.#inputsLeft = this.#bucket === undefined ? Infinity : INPUTS_AFTER_CLOSE;
    if (this.#parkedSlice !== undefined) this.#isWaiting = false;
    this.#parkedSlice = undefined;
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
    const { decoder } = this.#dialect;
    this.#answerBytes = 0;
    for (let done = 0; done < budget; done++) {
      if (this.#ended) return "ended";
      if (this.#parkedSlice !== undefined) {
        if (this.throttledFor > 0) return "throttled";
        if (this.subscriber.outbox.isFullOfAnswers) return "full";
        this.connection.addSlice(this.#parkedSlice);
        this.#parkedSlice = undefined;
      }
      if (this.#isWaiting) return "waiting";
      if (this.subscriber.outbox.isFullOfAnswers && !this.#inputEnded) return "full";
      if (this.#answerBytes > MAX_ANSWER_BYTES_PER_TURN) return "more";
      if (this.server.fanout.isFull) return "more";
      if (decoder.buffered > 0 && this.throttledFor > 0) return "throttled";
      let line = this.#inputsLeft === 0 ? undefined : decoder.next();
      if (line === undefined) {
        if (!this.#inputEnded) return "idle";
        line = this.#inputsLeft === 0 ? undefined : decoder.finish();
        if (line === undefined) {
          this.#connectionBroke();
          return "ended";
        }
      }
      if (this.#inputsLeft !== undefined) this.#inputsLeft--;
      this.#pay(line === TOO_LONG ? 1 : 1 + Math.floor(line.length / INPUT_BYTES_PER_TOKEN));
      this.#handleLine(line);
    }
    return "more";
  }

  send(frame: ServerFrame): void {
    this.#send(frame);
  }

  /** @returns the size of the frame in bytes. */
  #send(frame: ServerFrame): number {
    const bytes = this.subscriber.format.encode(frame, this.#member?.name);
    this.#answerBytes += bytes.length;
    if (bytes.length >= LARGE_ANSWER_BYTES) {
      this.#bucket?.take(this.server.monotonic(), bytes.length / OUTPUT_BYTES_PER_TOKEN);
    }
    this.server.fanout.direct(this.subscriber, bytes);
    return bytes.length;
  }

  register(hello: ClientFrameOf<"hello">): void {
    const full = this.connection.checkPlace();
    if (full !== undefined) return this.close(full);
    this.#entry.tries(hello);
    const guest = { address: this.ip };
    const outcome = this.server.entrance.enter(hello, guest);
    if (!(outcome instanceof Promise)) return this.#entered(outcome);
    this.chargeTokens(HASH_TOKENS);
    this.wait(outcome.then((entered) => this.#entered(entered)));
  }

  wait(work: Promise<void>): void {
    this.#isWaiting = true;
    const done = () => {
      this.#isWaiting = false;
      this.connection.wake();
    };
    work.then(done).catch((error) => {
      if (error instanceof StorageError) this.#refuse(protocolError("storage_failed"));
      else this.fail(error);
      done();
    });
  }

  runInSlices(step: () => boolean): void {
    this.#isWaiting = true;
    const slice: Slice = { slice: () => this.#runSlice(step, slice) };
    this.connection.addSlice(slice);
  }

  chargeTokens(tokens: number): void {
    this.#bucket?.take(this.server.monotonic(), tokens);
  }

  refundTokens(): void {
    this.#bucket?.refund(this.#lastCost);
  }

  quit(): void {
    const { name } = this.#member ?? {};
    this.#say("quit", name === undefined ? "Goodbye!" : `Goodbye, ${name}!`);
    this.#leave();
  }

  /** Tells the client why, and ends. */
  close(why: ProtocolError): void {
    if (this.#ended) return;
    this.connection.onRefused?.(why.code);
    this.send({ type: "error", ...why });
    this.#leave();
  }

  /** Tells the client that the server stops, and ends. The session can be resumed. */
  shutDown(reason: StopReason): void {
    if (this.#ended) return;
    this.#say(reason, SHUTDOWN_TEXT[reason]);
    this.#end();
  }

  /** Sends a person how much of what they sent waits for tokens. */
  reportBacklog(): void {
    const waiting = sizeText(this.bufferedBytes);
    this.send({ type: "notice", text: `You send faster than this server reads: ${waiting} wait.` });
  }

  /** Tells the client how many messages it missed. */
  tellSkipped({ count, from, to }: { count: number; from: number; to: number }): void {
    const room = this.#member?.room.name;
    if (room !== undefined) this.send({ type: "skipped", room, count, from, to });
  }

  #entryHost(): EntryHost {
    return {
      isPerson: this.#dialect.isPerson,
      prompt: (text) => this.server.fanout.direct(this.subscriber, text),
      sendError: (error) => this.send({ type: "error", ...error }),
      enter: (hello) => this.register(hello),
      leave: () => {
        this.connection.onRefused?.("too_many_refusals");
        this.#leave();
      },
    };
  }

  #pay(tokens: number): void {
    this.#lastCost = tokens;
    this.#bucket?.take(this.server.monotonic(), tokens);
  }

  /** @returns whether there is more that can be done now. */
  #runSlice(step: () => boolean, slice: Slice): boolean {
    if (this.#ended) return false;
    // Nobody reads the answer any more.
    const isGone = this.#inputsLeft !== undefined;
    if (!isGone && (this.throttledFor > 0 || this.subscriber.outbox.isFullOfAnswers)) {
      this.#parkedSlice = slice;
      this.connection.wake();
      return false;
    }
    try {
      if (!isGone && step()) return true;
    } catch (error) {
      if (error instanceof StorageError) this.#refuse(protocolError("storage_failed"));
      else this.fail(error);
    }
    this.#isWaiting = false;
    this.connection.wake();
    return false;
  }

  #handleLine(line: Exclude<DecodedLine, undefined>): void {
    try {
      this.#handle(line);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#refuse(protocolError("storage_failed"));
    }
  }

  #handle(line: Exclude<DecodedLine, undefined>): void {
    if (line === TOO_LONG) {
      this.server.metrics.tooLong++;
      if (!this.#dialect.resumes) return this.close(this.#dialect.tooLong);
      return this.#refuse(this.#dialect.tooLong);
    }
    if (this.#member === undefined && this.#dialect.isPerson) return this.#takeAnswer(line);
    const input = this.#dialect.parse(line);
    if (input === undefined) return;
    if (input.error !== undefined) return this.#refuse(input.error, input.ref);
    const error = handleFrame(input.frame, this, this.server);
    if (error !== undefined) this.#refuse(error, input.frame.id);
  }

  /** Takes what a person typed at a prompt. */
  #takeAnswer(line: ByteString): void {
    const text = cleanBytes(line);
    if (text === undefined) return this.#entry.refuse(protocolError("invalid_utf8"), "name");
    if (text.trim() === "/quit") return this.quit();
    this.#entry.answer(text);
  }

  #entered(outcome: EntranceOutcome): void {
    if (this.#ended) return this.#giveUp(outcome);
    if (outcome.refused !== undefined) {
      if (outcome.asks === "nothing") return this.close(outcome.refused);
      return this.#entry.refuse(outcome.refused, outcome.asks);
    }
    const { welcome } = outcome;
    if (welcome.resumed === undefined) {
      // Between the entrance and here somebody else may have come in by that name.
      const { hub, resumption } = this.server;
      if (welcome.isAuthenticated) {
        // The client that has the name may be the last one in the room.
        hub.rooms.keepDuring(welcome.room, () => resumption.takeName(welcome.name));
      } else {
        const { error } = hub.people.checkFree(welcome.name);
        if (error !== undefined) {
          hub.rooms.release(welcome.room);
          return this.#entry.refuse(error, "name");
        }
      }
    }
    const full = this.connection.join();
    if (full !== undefined) {
      this.#giveUp(outcome);
      return this.close(full);
    }
    const member = welcome.resumed ?? this.#registerMember(welcome);
    this.#member = member;
    // A debt of the connection before is still to be paid.
    if (member.bucket === undefined) member.bucket = this.#bucket;
    else this.#bucket = member.bucket;
    member.dismiss = (reason, text, isForGood) => this.#dismiss(reason, text, isForGood);
    this.connection.onRegistered();
    const { room } = member;
    const token = welcome.resumed !== undefined
      ? welcome.token
      : this.#dialect.isPerson
      ? ""
      : this.server.newToken();
    this.send({
      type: "welcome",
      name: member.name,
      room: room.name,
      server: this.server.serverName,
      session: token,
      seq: room.seq,
      ...(room.topic === undefined ? undefined : { topic: room.topic }),
      ...(welcome.resumed === undefined ? undefined : { resumed: true }),
    });
    if (welcome.resumed !== undefined) {
      this.server.metrics.resumed++;
      this.#catchUp(welcome);
    } else {
      if (welcome.notResumed !== undefined) this.#refuse(welcome.notResumed);
      if (token !== "") this.server.resumption.open(member, token);
    }
    if (member.isOperator) {
      this.server.log.audit("operator logged in", { address: this.ip, name: member.name });
    }
    this.server.presenceLog.joined({
      name: member.name,
      room: room.name,
      address: this.connection.address,
      kind: this.subscriber.format.kind,
      ...(welcome.resumed === undefined ? undefined : { resumed: true }),
    });
  }

  /** The client does not come in after all. */
  #giveUp({ welcome }: EntranceOutcome): void {
    if (welcome === undefined) return;
    // A session that was to be resumed waits for the next connection.
    if (welcome.resumed !== undefined) this.server.resumption.broke(welcome.resumed);
    // A room that was made for a new member is empty.
    else this.server.hub.rooms.release(welcome.room);
  }

  /** Registers somebody new. */
  #registerMember(welcome: Exclude<Welcome, { resumed: Member }>): Member {
    const { hub, resumption } = this.server;
    const { name, room, isAuthenticated, isOperator } = welcome;
    const session = this.#dialect.isPerson ? 0 : resumption.nextNumber();
    const init = { name, session, address: this.ip, isAuthenticated, isOperator };
    return hub.register(init, room, this.subscriber);
  }

  /** Sends a resumed session what it has missed; what is said from here on follows it. */
  #catchUp({ resumed, replay }: Extract<Welcome, { resumed: Member }>): void {
    const { hub, operators } = this.server;
    resumed.isOperator = resumed.isAuthenticated && operators.has(resumed.key);
    this.runInSlices(() => {
      try {
        if (replay.next((frame) => this.#send(frame))) return true;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        this.send({ type: "error", ...protocolError("storage_failed") });
        const skipped = replay.giveUp();
        if (skipped !== undefined) this.send(skipped);
      }
      hub.attach(resumed, this.subscriber);
      return false;
    });
  }

  #say(reason: ByeReason, text: string): void {
    this.send({ type: "bye", reason, text });
  }

  #refuse(error: ProtocolError, ref?: string): void {
    this.send({ type: "error", ...error, ...(ref === undefined ? undefined : { ref }) });
    // A line that is too long, before there is a name, was an attempt at one.
    if (this.#member === undefined && !this.#ended && this.#dialect.isPerson) {
      this.#entry.countRefusal();
    }
  }

  /** The connection is gone, or the client has closed its side, without a goodbye. */
  #connectionBroke(): void {
    const member = this.#member;
    if (member === undefined || !this.server.resumption.broke(member)) return this.#leave();
    this.#end();
  }

  /** The client leaves for good. */
  #leave(): void {
    const member = this.#member;
    this.#end();
    if (member === undefined) return;
    this.server.hub.unregister(member);
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
      this.server.presenceLog.left({ name: member.name, address: this.connection.address });
    }
    this.server.fanout.end(this.subscriber);
  }
}
