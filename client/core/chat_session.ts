import { byteLength } from "../../protocol/byte_string.ts";
import type { ClientFrame, ClientFrameOf, ServerFrame } from "../../protocol/frames.ts";
import { MAX_FRAME_BYTES } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/names.ts";
import { ChatError } from "./chat_error.ts";
import { ConnectionError } from "./connection_errors.ts";
import { ReconnectSchedule, type RetryOptions } from "./reconnection.ts";
import { isOwnJoin, isOwnLeave, ResumePoint, type SessionPoint } from "./resume_point.ts";
import { type Closing, type ConnectionOptions, ServerConnection } from "./server_connection.ts";
import type { Endpoint } from "./transport.ts";
import { type RoomChange, Unacknowledged, type UnacknowledgedFrame } from "./unacknowledged.ts";

/** The frame with which a server accepts a `hello`. */
export type Welcome = Extract<ServerFrame, { type: "welcome" }>;

/** The fields of a `hello` without those for its resumption, which the session adds. */
export type Hello = Omit<ClientFrameOf<"hello">, "type" | "id" | "resume">;

export type IdentifiedFrame = ClientFrame & { readonly id: string };

export interface SessionOptions extends ConnectionOptions, RetryOptions {
  /** The session to resume, such as that of the page before it was reloaded. */
  readonly resume?: SessionPoint;
  /** Unacknowledged frames of an earlier session. */
  readonly unacknowledged?: Unacknowledged;
}

/** The changes with a `welcome`. */
export interface Arrival {
  /** Whether it is the first `welcome` of this object. */
  readonly isFirst: boolean;
  /** Whether the session was resumed: the missed messages follow. */
  readonly isResumed: boolean;
  /** The resume point before; `undefined` for a new session. */
  readonly before: SessionPoint | undefined;
  /** Messages that were dropped because they were sent in a lost session. */
  readonly uncertain: readonly UnacknowledgedFrame[];
}

export interface SessionListener {
  /** hubbub has introduced itself over a new connection. */
  introduced(): void;
  /** The server has accepted this client. Unacknowledged frames are repeated after this call. */
  joined(welcome: Welcome, arrival: Arrival): void;
  /** The server has refused this client, which had not joined before. */
  refused(error: ChatError): void;
  /** Every other frame except pings. */
  received(frame: ServerFrame): void;
  /** All frames of a chunk of input were delivered. */
  caughtUp(): void;
  /**
   * There is no connection, and another attempt follows.
   *
   * @param isBreak whether a connection broke; false after a failed attempt.
   */
  waiting(error: ConnectionError | ChatError, retryMilliseconds: number, isBreak: boolean): void;
  /** Called once, at the final end. */
  ended(closing: Closing, error: ConnectionError): void;
}

/**
 * A session with a server, over one connection or, with `reconnect`, over many.
 *
 * ```text
 *   connecting --introduced--> open --hello, welcome--> joined
 *       ^                       |  refused, broken        |  broken
 *       +------- waiting <------+-------------------------+       any state --> closed
 * ```
 *
 * 1. It stores the last received numbers, and resumes exactly there.
 * 2. Messages, whispers and changes of rooms wait for the connection, and are repeated until they are
 *    acknowledged: each is delivered once and to its room, or reported as dropped.
 * 3. A room that the session has entered or left without this client is reported by `joined` or `left`,
 *    as if the server had sent it. So is a repeated change that the server had carried out before.
 * 4. It reconnects with growing delays until the server refuses it permanently.
 */
export class ChatSession {
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  readonly #schedule: ReconnectSchedule;
  readonly #resumePoint: ResumePoint;
  readonly #unacknowledged: Unacknowledged;
  #connection: ServerConnection;
  #hello: Hello | undefined;
  #name = "";
  /** Whether the server has accepted this client on any connection. */
  #wasEverJoined = false;
  /** Whether the server has accepted this client on the current connection. */
  #isJoined = false;
  #byeReason: string | undefined;
  /** The `quit` of this client, once it leaves. */
  #quit: ClientFrameOf<"quit"> | undefined;
  #cancelWait: (() => void) | undefined;
  /** The error of the last connection, until the next `welcome`. */
  #offline: ConnectionError | undefined;
  #end: ConnectionError | undefined;

  constructor(options: SessionOptions, listener: SessionListener) {
    const { resume, unacknowledged = new Unacknowledged() } = options;
    this.#options = options;
    this.#listener = listener;
    this.#schedule = new ReconnectSchedule(options, options.clock);
    this.#resumePoint = new ResumePoint(resume);
    this.#unacknowledged = unacknowledged;
    this.#connection = this.#connect(false);
  }

  get endpoint(): Endpoint {
    return this.#options.endpoint;
  }

  /** The name of this client in the spelling of the server; empty before the first `welcome`. */
  get name(): string {
    return this.#name;
  }

  /** The point at which to resume; `undefined` before the first `welcome`. */
  get point(): SessionPoint | undefined {
    return this.#resumePoint.point;
  }

  /** The names of the rooms of the session. */
  get rooms(): readonly string[] {
    return this.#resumePoint.rooms;
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  /** True after the final end. */
  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  /** Number of messages, whispers and changes of rooms without an acknowledgement. */
  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  isUnacknowledged(id: string): boolean {
    return this.#unacknowledged.has(id);
  }

  /** The reason that nothing can be sent now; `undefined` if it can. */
  get failure(): ConnectionError | undefined {
    return this.#end ?? this.#offline ?? this.#connection.error;
  }

  /** Sends a `hello`: now, or after the introduction of the server. */
  join(hello: Hello): void {
    this.#hello = hello;
    if (this.#connection.isOpen) this.#sendHello();
  }

  /** Replaces the password with which the session is resumed. */
  setPassword(password: string): void {
    this.#hello = { ...this.#hello, password };
  }

  /** Sends a frame if there is a connection; while it is being resumed, there is not. */
  post(frame: ClientFrame): void {
    if (this.failure === undefined) this.#sendNow(frame);
  }

  /**
   * Sends a frame that the server acknowledges by its id.
   *
   * @param isRepeated whether it waits for a connection, and is repeated after a break.
   * @throws {ChatError} for a frame over the limit: the server's refusal would have no `ref`.
   */
  send(frame: IdentifiedFrame, isRepeated: boolean): void {
    const json = JSON.stringify(frame);
    if (byteLength(json) > MAX_FRAME_BYTES) throw ChatError.of("frame_too_long");
    const wasSent = this.#isJoined || !isRepeated;
    const change = changeOf(frame);
    if (isRepeated) this.#unacknowledged.add({ id: frame.id, json, change, wasSent });
    if (wasSent) this.#connection.send(json);
  }

  /** Leaves: the server closes the connection once it has handled all earlier frames. While a session is
   * being resumed, these include the unacknowledged ones, which follow the `welcome`. */
  leave(reason?: string): void {
    if (!this.#connection.isOpen) return this.close();
    this.#connection.leaving();
    this.#quit = { type: "quit", ...(reason === undefined ? undefined : { reason }) };
    const isResuming = this.#wasEverJoined && !this.#isJoined;
    if (!isResuming) this.#sendNow(this.#quit);
  }

  close(): void {
    const phase = this.#wasEverJoined ? "chat" : this.#connection.phase;
    this.#finish({ type: "left" }, new ConnectionError("left", phase, this.endpoint));
  }

  pause(): void {
    this.#connection.pause();
  }

  resumeReading(): void {
    this.#connection.resume();
  }

  /** Makes the next attempt at once, such as when the network is back. */
  retryNow(): void {
    if (this.#cancelWait !== undefined) this.#reconnect();
  }

  /** Sends a `ping` at once. @param answer milliseconds until its answer is overdue. */
  check(answer: number): void {
    this.#connection.check(answer);
  }

  #connect(isReconnecting: boolean): ServerConnection {
    this.#byeReason = undefined;
    return new ServerConnection(this.#options, {
      introduced: () => {
        this.#sendHello();
        this.#listener.introduced();
      },
      received: (frame) => this.#received(frame),
      caughtUp: () => this.#listener.caughtUp(),
      closed: (closing, error) => this.#disconnected(closing, error),
    }, isReconnecting);
  }

  #sendNow(frame: ClientFrame): void {
    this.#connection.send(JSON.stringify(frame));
  }

  #sendHello(): void {
    if (this.#hello === undefined) return;
    const { rooms } = this.#resumePoint;
    const resume = this.#resumePoint.pointWith(this.#unacknowledged.requestedRooms);
    const name = this.#name === "" ? undefined : { name: this.#name };
    this.#sendNow({
      type: "hello",
      ...this.#hello,
      ...(resume === undefined ? undefined : { ...name, rooms, resume }),
    });
    this.#connection.awaitWelcome();
  }

  #received(received: ServerFrame): void {
    if (received.type === "welcome") return this.#welcomed(received);
    const frame = this.#resumePoint.unseen(received);
    if (frame === undefined) return;
    this.#resumePoint.received(frame, this.#name);
    switch (frame.type) {
      case "error":
        if (frame.ref !== undefined && this.#wasCarriedOut(frame.ref, frame.code)) return;
        // A `hello` has no id: an error with a `ref` answers another frame.
        if (!this.#isJoined && frame.ref === undefined) return this.#refused(new ChatError(frame));
        if (frame.code === "cannot_resume") return; // `Arrival.isResumed` is false
        break;
      case "joined":
        if (isOwnJoin(frame, this.#name)) {
          this.#unacknowledged.changed({ type: "join", room: frame.room });
        }
        break;
      case "left":
        if (isOwnLeave(frame, this.#name)) {
          this.#unacknowledged.changed({ type: "leave", room: frame.room });
        }
        break;
      case "bye":
        this.#byeReason = frame.reason;
        break;
      case "ack":
        this.#unacknowledged.remove(frame.id);
        break;
    }
    if (this.#isJoined && !this.#unacknowledged.hasRepeated) this.#resumePoint.settled();
    this.#listener.received(frame);
    if (frame.type === "renamed" && frame.from === this.#name) this.#name = frame.to;
  }

  #welcomed(welcome: Welcome): void {
    const { point: before, rooms: roomsBefore } = this.#resumePoint;
    const isFirst = !this.#wasEverJoined;
    const isResumed = before !== undefined && welcome.resumed === true;
    this.#resumePoint.received(welcome, welcome.name);
    this.#name = welcome.name;
    this.#wasEverJoined = true;
    this.#offline = undefined;
    this.#schedule.reset();
    this.#connection.joined();
    this.#listener.joined(welcome, {
      isFirst,
      isResumed,
      before,
      uncertain: isResumed ? [] : this.#unacknowledged.dropSent(),
    });
    if (isResumed) this.#reportRooms(roomsBefore, welcome);
    for (const json of this.#unacknowledged.resend()) this.#connection.send(json);
    // Until here, new frames wait for the repeated ones.
    this.#isJoined = true;
    if (this.#quit !== undefined) this.#sendNow(this.#quit);
  }

  /** Reports the rooms that a resumed session has entered and left without an answer to this client. */
  #reportRooms(before: readonly string[], { rooms }: Welcome): void {
    const keysBefore = new Set(before.map(nameKey));
    const report = (change: RoomChange, topic?: string) => {
      if (!this.#unacknowledged.resolve(change)) return;
      this.#listener.received(this.#changed(change, topic));
    };
    for (const room of before) {
      if (!this.#resumePoint.isIn(room)) report({ type: "leave", room });
    }
    for (const { room, topic } of rooms) {
      if (!keysBefore.has(nameKey(room))) report({ type: "join", room }, topic);
    }
  }

  /** Handles the error of an unacknowledged frame. @returns whether it is a repeated change of rooms that
   * was carried out before. */
  #wasCarriedOut(id: string, code: string): boolean {
    const { change, wasRepeated } = this.#unacknowledged.get(id) ?? {};
    this.#unacknowledged.remove(id);
    if (change === undefined || wasRepeated !== true) return false;
    if (code !== (change.type === "join" ? "in_room" : "not_in_room")) return false;
    this.#listener.received(this.#changed(change));
    return true;
  }

  /** The frame of a change that the server has carried out. */
  #changed({ type, room }: RoomChange, topic?: string): ServerFrame {
    const frame = { room, name: this.#name, time: this.#options.clock.now() };
    if (type === "leave") return { type: "left", ...frame, online: true };
    // The messages since then follow, and their first number is not known.
    return { type: "joined", ...frame, seq: 0, ...(topic === undefined ? undefined : { topic }) };
  }

  #refused(error: ChatError): void {
    this.#connection.refused();
    if (this.#resumePoint.point === undefined) return this.#listener.refused(error);
    if (this.#quit !== undefined) return this.close();
    this.#retry(error, false);
  }

  #disconnected(closing: Closing, error: ConnectionError): void {
    if (this.#end !== undefined || this.#cancelWait !== undefined) return;
    const wasJoined = this.#isJoined;
    this.#isJoined = false;
    this.#offline = error;
    const hasSession = this.#resumePoint.point !== undefined;
    const isRetried = closing.type !== "left" &&
      this.#schedule.takeAttempt(this.#byeReason, hasSession);
    if (isRetried) this.#retry(error, wasJoined);
    else this.#finish(closing, error);
  }

  #retry(error: ConnectionError | ChatError, isBreak: boolean): void {
    const delay = this.#schedule.next(error);
    if (delay === undefined) return this.#abandon(error);
    this.#cancelWait = this.#options.clock.after(delay, () => this.#reconnect());
    this.#connection.close();
    this.#listener.waiting(error, delay, isBreak);
  }

  #reconnect(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#connection = this.#connect(this.#resumePoint.point !== undefined);
  }

  #abandon(why: ConnectionError | ChatError): void {
    const error = why instanceof ConnectionError
      ? why
      : new ConnectionError("server_closed", "chat", this.endpoint, {
        detail: why.message,
        cause: why,
      });
    this.#finish({ type: "lost", error }, error);
  }

  #finish(closing: Closing, error: ConnectionError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#isJoined = false;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#connection.close();
    this.#listener.ended(closing, error);
  }
}

function changeOf(frame: ClientFrame): RoomChange | undefined {
  const isChange = frame.type === "join" || (frame.type === "leave" && frame.room !== undefined);
  return isChange ? { type: frame.type, room: frame.room! } : undefined;
}
