import {
  type ClientFrame,
  jsonOfClientFrame,
  MAX_FRAME_BYTES,
  nameKey,
  type ServerFrame,
  toByteString,
} from "../protocol/mod.ts";
import { ChatError } from "./core/chat_error.ts";
import type { ClientOptions, Credentials } from "./client_options.ts";
import { ConnectionError } from "./core/connection_errors.ts";
import type { ChatEvent } from "./core/connection_event.ts";
import { EventQueue } from "./event_queue.ts";
import { type Closing, FrameConnection } from "./frame_connection.ts";
import { Reconnection } from "./core/reconnection.ts";
import { type FrameWatcher, FrameWatchers } from "./frame_watchers.ts";
import { type AnswerType, Requests } from "./requests.ts";
import { isOwnMove, ResumePoint } from "./core/resume_point.ts";
import type { Endpoint } from "./core/transport.ts";
import { Unacknowledged } from "./core/unacknowledged.ts";

/** Messages, whispers and changes of room that wait for a connection; more are refused. */
const MAX_UNACKNOWLEDGED_OFFLINE = 10_000;

/** Goodbyes after which a client does not come back by itself. */
const FINAL_GOODBYES: ReadonlySet<string> = new Set(["quit", "kicked", "replaced"]);

/** The frame with which a server lets a client in. */
export type Welcome = Extract<ServerFrame, { type: "welcome" }>;

/**
 * A session with a server, over one connection or, where that is wanted, over as many as it takes.
 *
 * It knows what is under way: who waits for which answer, what the server has not acknowledged, which
 * events nobody has read. What can be asked for is up to the `ChatClient`.
 */
export class ChatSession {
  /** Resolves when it is over for good; never rejects. */
  readonly closed: Promise<Closing>;

  readonly #options: ClientOptions;
  readonly #resolveClosed: (closing: Closing) => void;
  #connection: FrameConnection;
  /** Why it is over for good. */
  #end: ConnectionError | undefined;
  #reconnection: Reconnection | undefined;
  readonly #point = new ResumePoint();
  readonly #unacknowledged = new Unacknowledged();
  readonly #requests = new Requests();
  readonly #events: EventQueue;
  readonly #watchers = new FrameWatchers();
  /** Events at which reading stops, and at which it goes on. */
  readonly #pauseAt: number;
  readonly #resumeAt: number;
  #registration: PromiseWithResolvers<Welcome> | undefined;
  #welcome: Welcome | undefined;
  /** Whether the server has let this client in over the connection that there is. */
  #isIn = false;
  #byeReason: string | undefined;
  #credentials: Credentials = {};
  /** Whether it joins and leaves without a notice to the room. */
  #listens = false;
  #name = "";
  #lastId = 0;
  #isPaused = false;
  /** Why there was no connection when one was last asked for. */
  #offline: ConnectionError | undefined;

  constructor(options: ClientOptions) {
    const { eventLimit = 10_000 } = options;
    this.#options = options;
    this.#pauseAt = eventLimit / 2;
    this.#resumeAt = eventLimit / 4;
    this.#events = new EventQueue(eventLimit, () => {
      if (this.#events.length <= this.#resumeAt || !this.#events.isBeingRead) this.#resume();
    });
    const closed = Promise.withResolvers<Closing>();
    this.closed = closed.promise;
    this.#resolveClosed = closed.resolve;
    this.#connection = this.#openConnection(options);
  }

  #openConnection(options: ClientOptions): FrameConnection {
    this.#isPaused = false;
    return new FrameConnection(options, {
      received: (frame) => this.#received(frame),
      caughtUp: () => this.#pauseWhenBehind(),
      closed: (closing, error) => this.#disconnected(closing, error),
    });
  }

  /**
   * Waits until hubbub has introduced itself: nothing is sent before.
   *
   * @throws {ConnectionError | ChatError} when there is no such server, or when it refuses.
   */
  async introduced(): Promise<void> {
    await this.#connection.introduced();
  }

  /** Says hello, with a name and what else there is to say. The credentials are kept for coming back. */
  async register(
    frame: Omit<ClientFrame & { type: "hello" }, "type">,
    credentials: Credentials,
  ): Promise<Welcome> {
    this.#credentials = credentials;
    this.#listens = frame.listen === true;
    return await this.#hello(frame);
  }

  /** Keeps the password of a name that was taken meanwhile, for coming back. */
  keepPassword(password: string): void {
    this.#credentials = { ...this.#credentials, password };
  }

  async #hello(frame: Omit<ClientFrame & { type: "hello" }, "type">): Promise<Welcome> {
    this.#throwIfOffline();
    const registration = Promise.withResolvers<Welcome>();
    this.#registration = registration;
    this.post({ type: "hello", ...frame, ...this.#credentials });
    return await this.#connection.inTime(registration.promise, "no_answer");
  }

  /** Where the server is. */
  get endpoint(): Endpoint {
    return this.#connection.endpoint;
  }

  /** The name under which this client is known now; empty until it is registered. */
  get name(): string {
    return this.#name;
  }

  /** What the server said when it let this client in. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** True when it is over for good. */
  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  /** True while the server hears this client; false while it connects again. */
  get isConnected(): boolean {
    return this.#isIn;
  }

  /** Messages, whispers and changes of room that the server has not answered yet. */
  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  /** What the server says, and what happens to the connection. */
  events(): AsyncIterableIterator<ChatEvent, undefined> {
    return this.#events.read();
  }

  /** Hears what the server says about files. @returns what ends it. */
  watch(watcher: FrameWatcher): () => void {
    return this.#watchers.add(watcher);
  }

  /**
   * Asks the server whether it is there.
   *
   * @returns how long the answer took, in milliseconds.
   */
  async ping(): Promise<number> {
    this.#throwIfOffline();
    const { clock } = this.#connection;
    const t = ++this.#lastId;
    const start = clock.now();
    this.post({ type: "ping", t });
    await this.#requests.pong(t);
    return clock.now() - start;
  }

  /** Sends a question, and waits for the answer to it. */
  async ask<Type extends AnswerType>(
    frame: ClientFrame,
    answer: Type,
  ): Promise<Extract<ServerFrame, { type: Type }>> {
    this.#throwIfOffline();
    const id = String(++this.#lastId);
    this.post({ ...frame, id });
    return await this.#requests.question(id, answer);
  }

  /** Sends any frame without waiting for an answer; what the server says to it is an event. */
  post(frame: ClientFrame): void {
    this.#connection.send(toByteString(jsonOfClientFrame(frame)));
    this.#resume();
  }

  /**
   * Sends what the server acknowledges, and waits for that.
   *
   * @param isKept whether it is sent again after a break.
   */
  async acknowledged(
    frameWith: (id: string) => ClientFrame,
    isKept = false,
  ): Promise<Extract<ServerFrame, { type: "ack" }>> {
    return await this.#requests.ack(this.#sendNumbered(frameWith, isKept));
  }

  /**
   * Goes to another room, and waits until the server has done so. After a break it is done again, in
   * its place among what is said.
   */
  async moved(
    frameWith: (id: string) => ClientFrame,
    room: string,
  ): Promise<Extract<ServerFrame, { type: "joined" }>> {
    return await this.#requests.question(this.#sendNumbered(frameWith, true, room), "joined");
  }

  /** @param leadsTo the room, where it is a change of room. @returns the id. */
  #sendNumbered(
    frameWith: (id: string) => ClientFrame,
    isKept: boolean,
    leadsTo?: string,
  ): string {
    if (!isKept || this.#unacknowledged.size >= MAX_UNACKNOWLEDGED_OFFLINE) this.#throwIfOffline();
    if (this.#end !== undefined) throw this.#end;
    const id = String(++this.#lastId);
    const json = toByteString(jsonOfClientFrame(frameWith(id)));
    // The server does not read such a frame, and so could not say whose error it is.
    if (json.length > MAX_FRAME_BYTES) throw ChatError.of("frame_too_long");
    const goesOut = this.#reconnection === undefined;
    if (isKept) this.#unacknowledged.add(id, json, goesOut, leadsTo);
    if (goesOut) this.#connection.send(json);
    this.#resume();
    return id;
  }

  /**
   * Leaves, once the server has dealt with everything that was sent before.
   *
   * @param timeout milliseconds after which the connection is closed anyway; default 5000.
   */
  async quit(timeout = 5000, reason?: string): Promise<void> {
    if (this.#reconnection !== undefined || !this.#connection.isOpen) return this.close();
    const cancel = this.#connection.clock.after(timeout, () => this.close());
    this.#connection.leaving();
    this.post({ type: "quit", ...(reason === undefined ? undefined : { reason }) });
    await this.closed;
    cancel();
  }

  /** Closes at once. What was not acknowledged may or may not have been said. */
  close(): void {
    this.#reconnection?.stop();
    this.#connection.close();
    if (this.#reconnection === undefined) return;
    this.#reconnection = undefined;
    const error = new ConnectionError("left", "chat", this.#connection.endpoint);
    this.#finish({ type: "left" }, error);
  }

  #received(frame: ServerFrame): void {
    const { room } = this.#point;
    this.#point.heard(frame, this.#name);
    this.#requests.answer(frame, this.#name);
    switch (frame.type) {
      case "welcome":
        return this.#entered(frame, room);
      case "error":
        if (frame.ref !== undefined) this.#unacknowledged.remove(frame.ref);
        if (!this.#isIn) return this.#refuseEntry(new ChatError(frame));
        if (frame.code === "cannot_resume") return; // told as a connection that was restored
        break;
      case "joined":
        if (isOwnMove(frame, this.#name)) this.#unacknowledged.moved();
        break;
      case "renamed":
        if (frame.from === this.#name) this.#name = frame.to;
        break;
      case "bye":
        this.#byeReason = frame.reason;
        break;
      case "ack":
        return this.#unacknowledged.remove(frame.id);
      case "pong":
        return;
      case "chunk":
      case "received":
      case "finish":
      case "complete":
      case "cancelled":
        return this.#watchers.received(frame);
      case "offered":
      case "withdrawn":
      case "accepted":
      case "refused":
        this.#watchers.received(frame);
    }
    if (this.#welcome !== undefined) this.#events.push(frame);
  }

  /**
   * The server has let this client in: for the first time, or again.
   *
   * @param roomBefore where this client was, as far as it knows.
   */
  #entered(frame: Welcome, roomBefore: string): void {
    const isBack = this.#welcome !== undefined;
    this.#welcome = frame;
    this.#name = frame.name;
    this.#isIn = true;
    this.#offline = undefined;
    this.#connection.joined();
    this.#registration?.resolve(frame);
    if (!isBack) return this.#events.push(frame);
    this.#reconnection = undefined;
    const resumed = frame.resumed === true;
    const hasMoved = resumed && nameKey(frame.room) !== nameKey(roomBefore);
    const given = !resumed
      ? this.#unacknowledged.giveUpSent()
      : hasMoved
      ? this.#unacknowledged.giveUpBefore(frame.room)
      : [];
    const lost = given.filter(({ leadsTo }) => leadsTo === undefined);
    const uncertain = lost.length;
    this.#events.push({ type: "connection", state: "restored", resumed, uncertain });
    if (hasMoved) this.#moved(frame, given.length - lost.length);
    const error = new ConnectionError("uncertain", "chat", this.#connection.endpoint);
    for (const { id } of lost) this.#requests.rejectAck(id, error);
    for (const json of this.#unacknowledged.takeAll()) this.#connection.send(json);
  }

  /**
   * Tells of a change of room whose answer was lost with the connection.
   *
   * @param count how many waited for an answer.
   */
  #moved({ room, name, topic }: Welcome, count: number): void {
    const joined: ServerFrame = {
      type: "joined",
      room,
      name,
      time: this.#connection.clock.now(),
      seq: 0, // what was said since then follows, and from which number on is not known
      ...(topic === undefined ? undefined : { topic }),
    };
    for (let answered = 0; answered < count; answered++) this.#requests.answer(joined, name);
    this.#events.push(joined);
  }

  /** The connection is over. Is it the end? */
  #disconnected(closing: Closing, error: ConnectionError): void {
    const wasIn = this.#isIn;
    this.#isIn = false;
    this.#offline = error;
    this.#registration?.reject(error);
    if (this.#reconnection !== undefined) return; // an attempt has failed, and another one follows
    const { reconnect = false } = this.#options;
    const mayComeBack = closing.type === "lost" ||
      (closing.type === "server closed" && !FINAL_GOODBYES.has(this.#byeReason ?? ""));
    if (reconnect === false || !wasIn || !mayComeBack) return this.#finish(closing, error);
    this.#requests.rejectAll(error, (id) => this.#unacknowledged.has(id));
    this.#watchers.closed(error);
    this.#reconnection = new Reconnection(
      reconnect === true ? {} : reconnect,
      this.#connection.clock,
      {
        attempt: () => this.#comeBack(),
        tell: (event) => this.#events.push(event),
        givenUp: (why) => this.#giveUp(why),
      },
    );
    void this.#reconnection.run(error);
  }

  /** Connects again, and goes on with the session. */
  async #comeBack(): Promise<void> {
    this.#byeReason = undefined;
    this.#connection.close();
    // This session is with hubbub: it does not go on with another server.
    this.#connection = this.#openConnection({ ...this.#options, plainPeers: false });
    const { resume, room } = this.#point;
    await this.#connection.introduced();
    await this.#hello({
      ...(this.#name === "" ? undefined : { name: this.#name }),
      ...(this.#listens ? { listen: true } : undefined),
      ...(resume === undefined ? undefined : { room, resume }),
    });
  }

  #giveUp(why: ConnectionError | ChatError): void {
    this.#connection.close();
    this.#reconnection = undefined;
    const error = why instanceof ConnectionError
      ? why
      : new ConnectionError("server_closed", "chat", this.#connection.endpoint, {
        detail: why.message,
        cause: why,
      });
    this.#finish({ type: "lost", error }, error);
  }

  #finish(closing: Closing, error: ConnectionError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#unacknowledged.clear();
    this.#requests.rejectAll(error);
    this.#watchers.closed(error);
    this.#events.end();
    this.#resolveClosed(closing);
  }

  /** The server does not let this client in. */
  #refuseEntry(error: ChatError): void {
    this.#registration?.reject(error);
  }

  #throwIfOffline(): void {
    const isOffline = !this.#connection.isOpen;
    const error = this.#end ?? this.#connection.error ?? (isOffline ? this.#offline : undefined);
    if (error !== undefined) throw error;
  }

  #pauseWhenBehind(): void {
    const mayPause = this.#events.isBeingRead && this.#requests.size === 0;
    if (this.#isPaused || !mayPause || this.#events.length < this.#pauseAt) return;
    this.#isPaused = true;
    this.#connection.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#connection.resume();
  }
}
