/**
 * A participant of a chat, for programs: no terminal, no process, only frames.
 *
 * @module
 */

import {
  type ClientFrame,
  type FileFrame,
  jsonOfClientFrame,
  MAX_FRAME_BYTES,
  type ServerFrame,
  toByteString,
} from "../protocol/mod.ts";
import { ChatError } from "./chat_error.ts";
import { ConnectionError, endpointText } from "./connection_errors.ts";
import type { ChatEvent } from "./connection_event.ts";
import { EventQueue } from "./event_queue.ts";
import { type Closing, FrameConnection, type OpenOptions } from "./frame_connection.ts";
import { Reconnection, type ReconnectOptions } from "./reconnection.ts";
import { type AnswerType, Requests } from "./requests.ts";
import { ResumePoint } from "./resume_point.ts";
import { Unacknowledged } from "./unacknowledged.ts";

/** How to reach a server, and how many events may wait. */
export interface ClientOptions extends OpenOptions {
  /** Most events that wait to be read; default 10,000. See {@link ChatClient.events}. */
  readonly eventLimit?: number;
  /** Gives up while connecting; later it does nothing. */
  readonly stop?: AbortSignal;
  /** When the connection breaks, connects again and goes on with the session. Default: does not. */
  readonly reconnect?: boolean | ReconnectOptions;
}

/** How to reach a server, and as whom. */
export interface ConnectOptions extends ClientOptions {
  /** The name to take. */
  readonly name: string;
  /** Default: the server's own, `lobby`. */
  readonly room?: string;
  /** Of the name, if it is protected. */
  readonly password?: string;
  /** Of the server, if it has one. */
  readonly serverPassword?: string;
}

/** What a server may ask for beside a name. */
export type Credentials = Pick<ConnectOptions, "password" | "serverPassword">;

/** Messages and whispers that wait for a connection to send them over; more are refused. */
const MAX_UNACKNOWLEDGED_OFFLINE = 10_000;

/** Goodbyes after which a client does not come back by itself. */
const FINAL_GOODBYES: ReadonlySet<string> = new Set(["quit", "kicked", "replaced"]);

/** The frame with which a server lets a client in. */
export type Welcome = Extract<ServerFrame, { type: "welcome" }>;

/** The answer to a question for who is there. */
export type Users = Extract<ServerFrame, { type: "users" }>;

/** Hears what the server says as it comes in. */
export interface FrameWatcher {
  /** Called for each frame of a file, before it is among the events, if it is one. */
  received(frame: FileFrame): void;
  /** The connection is over. */
  closed(error: ConnectionError): void;
}

/** The answer to a question for the rooms. */
export type Rooms = Extract<ServerFrame, { type: "rooms" }>;

/** A page of what was said in a room. */
export type HistoryPage = Extract<ServerFrame, { type: "history" }>;

/**
 * One connection to a chat.
 *
 * Every request is answered: it resolves with the server's answer, rejects with the server's
 * {@link ChatError}, or rejects with a `ConnectionError` when the connection ends first. There is no
 * time-out on an answer while the connection lives: a server slows a client that sends too much by
 * reading it later.
 *
 * With {@link ClientOptions.reconnect} a broken connection is not the end. The client connects again
 * and goes on with its session: what was missed comes as events, what was said meanwhile goes out,
 * and nothing is lost or said twice. Messages and whispers wait for their acknowledgement over a
 * break; other requests reject. See {@link ConnectionEvent} for what it tells of it.
 *
 * @example
 * ```ts ignore
 * await using chat = await ChatClient.connect({ name: "echo-bot" });
 * for await (const frame of chat.events()) {
 *   if (frame.type === "message") await chat.send(`${frame.from} said: ${frame.text}`);
 * }
 * ```
 */
export class ChatClient {
  /** Resolves when the connection is over; never rejects. */
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
  readonly #watchers = new Set<FrameWatcher>();
  /** Events at which reading stops, and at which it goes on. */
  readonly #pauseAt: number;
  readonly #resumeAt: number;
  #registration: PromiseWithResolvers<Welcome> | undefined;
  #welcome: Welcome | undefined;
  /** Whether the server has let this client in over the connection that there is. */
  #isIn = false;
  #byeReason: string | undefined;
  #credentials: Credentials = {};
  #name = "";
  #lastId = 0;
  #isPaused = false;

  private constructor(options: ClientOptions) {
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
    this.#connection = this.#openConnection();
  }

  #openConnection(): FrameConnection {
    this.#isPaused = false;
    return new FrameConnection(this.#options, {
      received: (frame) => this.#received(frame),
      caughtUp: () => this.#pauseWhenBehind(),
      closed: (closing, error) => this.#disconnected(closing, error),
    });
  }

  /**
   * Connects and joins.
   *
   * @throws {ConnectionError} when there is no connection, or no hubbub server behind it.
   * @throws {ChatError} when the server refuses: the name is taken, the server is full.
   */
  static connect(
    { name, room, password, serverPassword, ...options }: ConnectOptions,
  ): Promise<ChatClient> {
    const credentials = {
      ...(password === undefined ? undefined : { password }),
      ...(serverPassword === undefined ? undefined : { serverPassword }),
    };
    return ChatClient.#enter(options, (client) => client.register(name, room, credentials));
  }

  /**
   * Connects and makes sure that a hubbub server answers, without a name yet: for a face that asks
   * for the name once it knows that there is somewhere to go. {@link register} joins.
   *
   * @throws {ConnectionError | ChatError} as {@link connect}.
   */
  static open(options: ClientOptions = {}): Promise<ChatClient> {
    // At once: a server takes a client that says nothing for a person at a plain terminal.
    return ChatClient.#enter(
      options,
      (client) => client.#connection.inTime(client.ping(), "no_answer"),
    );
  }

  static async #enter(
    { stop, ...options }: ClientOptions,
    firstWords: (client: ChatClient) => Promise<unknown>,
  ): Promise<ChatClient> {
    const client = new ChatClient(options);
    const giveUp = () => client.close();
    stop?.addEventListener("abort", giveUp);
    try {
      if (stop?.aborted === true) giveUp();
      await client.#connection.opened();
      await firstWords(client);
      return client;
    } catch (error) {
      client.close();
      throw error;
    } finally {
      stop?.removeEventListener("abort", giveUp);
    }
  }

  /**
   * Gives a name and enters a room. May be tried again with another name while the server listens.
   *
   * @throws {ChatError} when the server refuses the name or the room.
   * @throws {ConnectionError} when the connection ends first.
   */
  async register(name: string, room?: string, credentials: Credentials = {}): Promise<Welcome> {
    this.#credentials = credentials;
    return await this.#hello({ name, ...(room === undefined ? undefined : { room }) });
  }

  async #hello(frame: Omit<ClientFrame & { type: "hello" }, "type">): Promise<Welcome> {
    this.#throwIfOffline();
    const registration = Promise.withResolvers<Welcome>();
    this.#registration = registration;
    this.post({ type: "hello", ...frame, ...this.#credentials });
    return await this.#connection.inTime(registration.promise, "no_answer");
  }

  /** Where the server is, as `HOST:PORT`. */
  get address(): string {
    return endpointText(this.#connection.endpoint);
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

  /** Messages and whispers that the server has not acknowledged yet. */
  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  /**
   * Says something to the room.
   *
   * Messages arrive in the order of the calls. Each call keeps its message in memory until the
   * server takes it, so who sends much awaits now and then.
   *
   * @param options `action` tells what this client does, as `/me`.
   * @returns the number of the message in its room.
   */
  async send(text: string, { action = false } = {}): Promise<{ seq: number }> {
    const { seq = 0 } = await this.#acknowledged(
      (id) => action ? { type: "message", text, id, action } : { type: "message", text, id },
      true,
    );
    return { seq };
  }

  /**
   * Says something to one person.
   *
   * @returns the name of that person as the server writes it.
   */
  async whisper(to: string, text: string): Promise<{ to: string }> {
    const ack = await this.#acknowledged((id) => ({ type: "whisper", to, text, id }), true);
    return { to: ack.to ?? to };
  }

  /**
   * Whispers to whoever whispered last.
   *
   * @returns the name of that person.
   */
  async reply(text: string): Promise<{ to: string }> {
    const { to = "" } = await this.#acknowledged((id) => ({ type: "reply", text, id }), true);
    return { to };
  }

  /**
   * Offers a file to a person, or to the room. `sendFile` does all that there is to do.
   *
   * @returns the number of the file, and whether all in the room may have it.
   */
  async offer(to: string, name: string, size: number): Promise<{ file: number; room: boolean }> {
    const { file = 0, room = false } = await this.#acknowledged((id) => {
      return { type: "offer", to, name, size, id };
    });
    return { file, room };
  }

  /** Accepts an offered file. `receiveFile` does all that there is to do. */
  async accept(file: number): Promise<void> {
    await this.#acknowledged((id) => ({ type: "accept", file, id }));
  }

  /** Changes the name, and returns it as the server writes it. */
  async nick(name: string): Promise<string> {
    return (await this.#ask({ type: "nick", name }, "renamed")).to;
  }

  /**
   * Goes to another room, which is made if need be.
   *
   * @returns the room, the number of its last message, and its topic if it has one.
   */
  async join(room: string): Promise<{ room: string; seq: number; topic?: string | undefined }> {
    const { seq = 0, topic, ...joined } = await this.#ask({ type: "join", room }, "joined");
    return { room: joined.room, seq, topic };
  }

  /** Goes back to the lobby; see {@link join}. */
  async leave(): Promise<{ room: string; seq: number; topic?: string | undefined }> {
    const { seq = 0, topic, room } = await this.#ask({ type: "leave" }, "joined");
    return { room, seq, topic };
  }

  /** Who is in the room. `total` counts them all, `users` may list fewer. */
  async users(): Promise<Users> {
    return await this.#ask({ type: "users" }, "users");
  }

  /** Which rooms there are, those with the most people first. */
  async rooms(): Promise<Rooms> {
    return await this.#ask({ type: "rooms" }, "rooms");
  }

  /**
   * What was said in the room: the last messages, those before a number, or those after one.
   *
   * @param query `limit` is 50 by default and 500 at most. `more` of the answer says whether there
   * are more in that direction.
   */
  async history(
    query: { limit?: number; before?: number; since?: number } = {},
  ): Promise<HistoryPage> {
    return await this.#ask({ type: "history", ...query }, "history");
  }

  /** Asks the server whether it is there, and returns how long the answer took in milliseconds. */
  async ping(): Promise<number> {
    this.#throwIfOffline();
    const { clock } = this.#connection;
    const t = ++this.#lastId;
    const start = clock.now();
    this.post({ type: "ping", t });
    await this.#requests.pong(t);
    return clock.now() - start;
  }

  async #ask<Type extends AnswerType>(
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
   * Hears what the server says about files. Offers and their answers are among the {@link events},
   * too; what belongs to a file under way is not.
   *
   * @returns what ends it.
   */
  watch(watcher: FrameWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /**
   * Everything that the server says from `welcome` on, in order, but for acknowledgements
   * and pongs; and what happens to the connection, where it is made again. Errors and answers are there even if a request got them too, for whoever shows or
   * logs the conversation. It ends with the connection; {@link closed} says why.
   *
   * Events wait until they are read. When half of `eventLimit` wait, the socket is not read either,
   * so that the server knows and can skip. That must not hold up an answer, which stands behind the
   * events: while one is awaited, or nobody reads events, the socket is read on, and past the limit
   * the oldest events give way to one `skipped` frame.
   *
   * @throws {TypeError} when somebody reads them already.
   */
  events(): AsyncIterableIterator<ChatEvent, undefined> {
    return this.#events.read();
  }

  /**
   * Leaves, once the server has dealt with everything that was sent before.
   *
   * @param timeout milliseconds after which the connection is closed anyway; default 5000.
   */
  async quit(timeout = 5000): Promise<void> {
    if (this.#reconnection !== undefined || !this.#connection.isOpen) return this.close();
    const cancel = this.#connection.clock.after(timeout, () => this.close());
    this.#connection.leaving();
    this.post({ type: "quit" });
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

  /** Leaves with {@link quit}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }

  /** @param isKept whether it is sent again after a break. */
  async #acknowledged(
    frameWith: (id: string) => ClientFrame,
    isKept = false,
  ): Promise<Extract<ServerFrame, { type: "ack" }>> {
    if (!isKept || this.#unacknowledged.size >= MAX_UNACKNOWLEDGED_OFFLINE) this.#throwIfOffline();
    if (this.#end !== undefined) throw this.#end;
    const id = String(++this.#lastId);
    const json = toByteString(jsonOfClientFrame(frameWith(id)));
    // The server does not read such a frame, and so could not say whose error it is.
    if (json.length > MAX_FRAME_BYTES) throw ChatError.of("frame_too_long");
    const goesOut = this.#reconnection === undefined;
    if (isKept) this.#unacknowledged.add(id, json, goesOut);
    if (goesOut) this.#connection.send(json);
    this.#resume();
    return await this.#requests.ack(id);
  }

  #received(frame: ServerFrame): void {
    this.#point.heard(frame, this.#name);
    this.#requests.answer(frame, this.#name);
    switch (frame.type) {
      case "welcome":
        return this.#entered(frame);
      case "error":
        if (frame.ref !== undefined) this.#unacknowledged.remove(frame.ref);
        if (!this.#isIn) return this.#refuseEntry(new ChatError(frame));
        if (frame.code === "cannot_resume") return; // told as a connection that was restored
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
        return this.#tellWatchers(frame);
      case "offered":
      case "withdrawn":
      case "accepted":
      case "refused":
        this.#tellWatchers(frame);
    }
    if (this.#welcome !== undefined) this.#events.push(frame);
  }

  /** The server has let this client in: for the first time, or again. */
  #entered(frame: Welcome): void {
    const isBack = this.#welcome !== undefined;
    this.#welcome = frame;
    this.#name = frame.name;
    this.#isIn = true;
    this.#connection.joined();
    this.#registration?.resolve(frame);
    if (!isBack) return this.#events.push(frame);
    this.#reconnection = undefined;
    const resumed = frame.resumed === true;
    const lost = resumed ? [] : this.#unacknowledged.giveUpSent();
    const uncertain = lost.length;
    this.#events.push({ type: "connection", state: "restored", resumed, uncertain });
    const error = new ConnectionError("uncertain", "chat", this.#connection.endpoint);
    for (const id of lost) this.#requests.rejectAck(id, error);
    for (const json of this.#unacknowledged.takeAll()) this.#connection.send(json);
  }

  /** The connection is over. Is it the end? */
  #disconnected(closing: Closing, error: ConnectionError): void {
    const wasIn = this.#isIn;
    this.#isIn = false;
    this.#registration?.reject(error);
    if (this.#reconnection !== undefined) return; // an attempt has failed, and another one follows
    const { reconnect = false } = this.#options;
    const mayComeBack = closing.type === "lost" ||
      (closing.type === "server closed" && !FINAL_GOODBYES.has(this.#byeReason ?? ""));
    if (reconnect === false || !wasIn || !mayComeBack) return this.#finish(closing, error);
    this.#requests.rejectAll(error, (id) => this.#unacknowledged.has(id));
    this.#tellWatchersClosed(error);
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
    this.#connection = this.#openConnection();
    const { resume } = this.#point;
    await this.#connection.opened();
    await this.#hello({
      name: this.#name,
      ...(resume === undefined ? undefined : { room: resume.room, resume }),
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
    this.#tellWatchersClosed(error);
    this.#events.end();
    this.#resolveClosed(closing);
  }

  #tellWatchersClosed(error: ConnectionError): void {
    for (const watcher of this.#watchers) watcher.closed(error);
  }

  #tellWatchers(frame: FileFrame): void {
    for (const watcher of this.#watchers) watcher.received(frame);
  }

  /** The server does not let this client in. */
  #refuseEntry(error: ChatError): void {
    if (this.#registration === undefined) this.#requests.rejectAll(error);
    else this.#registration.reject(error);
  }

  #throwIfOffline(): void {
    const error = this.#end ?? this.#connection.error;
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
