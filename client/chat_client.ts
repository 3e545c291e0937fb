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
import { type ConnectionError, endpointText } from "./connection_errors.ts";
import { EventQueue } from "./event_queue.ts";
import { type Closing, FrameConnection, type OpenOptions } from "./frame_connection.ts";
import { Requests } from "./requests.ts";

/** How to reach a server, and how many events may wait. */
export interface ClientOptions extends OpenOptions {
  /** Most events that wait to be read; default 10,000. See {@link ChatClient.events}. */
  readonly eventLimit?: number;
  /** Gives up while connecting; later it does nothing. */
  readonly stop?: AbortSignal;
}

/** How to reach a server, and as whom. */
export interface ConnectOptions extends ClientOptions {
  /** The name to take. */
  readonly name: string;
  /** Default: the server's own, `lobby`. */
  readonly room?: string;
}

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

/**
 * One connection to a chat.
 *
 * Every request is answered: it resolves with the server's answer, rejects with the server's
 * {@link ChatError}, or rejects with a `ConnectionError` when the connection ends first. There is no
 * time-out on an answer while the connection lives: a server slows a client that sends too much by
 * reading it later.
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

  readonly #connection: FrameConnection;
  readonly #requests = new Requests();
  readonly #events: EventQueue;
  readonly #watchers = new Set<FrameWatcher>();
  /** Events at which reading stops, and at which it goes on. */
  readonly #pauseAt: number;
  readonly #resumeAt: number;
  #registration: PromiseWithResolvers<Welcome> | undefined;
  #welcome: Welcome | undefined;
  #name = "";
  #lastId = 0;
  #isPaused = false;

  private constructor({ eventLimit = 10_000, ...options }: ClientOptions) {
    this.#pauseAt = eventLimit / 2;
    this.#resumeAt = eventLimit / 4;
    this.#events = new EventQueue(eventLimit, () => {
      if (this.#events.length <= this.#resumeAt || !this.#events.isBeingRead) this.#resume();
    });
    const closed = Promise.withResolvers<Closing>();
    this.closed = closed.promise;
    this.#connection = new FrameConnection(options, {
      received: (frame) => this.#received(frame),
      caughtUp: () => this.#pauseWhenBehind(),
      closed: (closing, error) => {
        this.#registration?.reject(error);
        this.#requests.rejectAll(error);
        for (const watcher of this.#watchers) watcher.closed(error);
        this.#events.end();
        closed.resolve(closing);
      },
    });
  }

  /**
   * Connects and joins.
   *
   * @throws {ConnectionError} when there is no connection, or no hubbub server behind it.
   * @throws {ChatError} when the server refuses: the name is taken, the server is full.
   */
  static connect({ name, room, ...options }: ConnectOptions): Promise<ChatClient> {
    return ChatClient.#enter(options, (client) => client.register(name, room));
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
  async register(name: string, room?: string): Promise<Welcome> {
    this.#throwIfClosed();
    const registration = Promise.withResolvers<Welcome>();
    this.#registration = registration;
    this.post({ type: "hello", name, ...(room === undefined ? undefined : { room }) });
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

  /** True when the connection is over. */
  get isClosed(): boolean {
    return this.#connection.error !== undefined;
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
    const { seq = 0 } = await this.#acknowledged((id) =>
      action ? { type: "message", text, id, action } : { type: "message", text, id }
    );
    return { seq };
  }

  /**
   * Says something to one person.
   *
   * @returns the name of that person as the server writes it.
   */
  async whisper(to: string, text: string): Promise<{ to: string }> {
    const ack = await this.#acknowledged((id) => ({ type: "whisper", to, text, id }));
    return { to: ack.to ?? to };
  }

  /**
   * Whispers to whoever whispered last.
   *
   * @returns the name of that person.
   */
  async reply(text: string): Promise<{ to: string }> {
    const { to = "" } = await this.#acknowledged((id) => ({ type: "reply", text, id }));
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
    this.#throwIfClosed();
    this.post({ type: "nick", name });
    return (await this.#requests.nick()).to;
  }

  /** Who is in the room. `total` counts them all, `users` may list fewer. */
  async users(): Promise<Users> {
    this.#throwIfClosed();
    this.post({ type: "users" });
    return await this.#requests.users();
  }

  /** Asks the server whether it is there, and returns how long the answer took in milliseconds. */
  async ping(): Promise<number> {
    this.#throwIfClosed();
    const { clock } = this.#connection;
    const t = ++this.#lastId;
    const start = clock.now();
    this.post({ type: "ping", t });
    await this.#requests.pong(t);
    return clock.now() - start;
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
   * and pongs. Errors and answers are there even if a request got them too, for whoever shows or
   * logs the conversation. It ends with the connection; {@link closed} says why.
   *
   * Events wait until they are read. When half of `eventLimit` wait, the socket is not read either,
   * so that the server knows and can skip. That must not hold up an answer, which stands behind the
   * events: while one is awaited, or nobody reads events, the socket is read on, and past the limit
   * the oldest events give way to one `skipped` frame.
   *
   * @throws {TypeError} when somebody reads them already.
   */
  events(): AsyncIterableIterator<ServerFrame, undefined> {
    return this.#events.read();
  }

  /**
   * Leaves, once the server has dealt with everything that was sent before.
   *
   * @param timeout milliseconds after which the connection is closed anyway; default 5000.
   */
  async quit(timeout = 5000): Promise<void> {
    if (!this.#connection.isOpen) return this.close();
    const cancel = this.#connection.clock.after(timeout, () => this.close());
    this.#connection.leaving();
    this.post({ type: "quit" });
    await this.closed;
    cancel();
  }

  /** Closes at once. What was not acknowledged may or may not have been said. */
  close(): void {
    this.#connection.close();
  }

  /** Leaves with {@link quit}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }

  async #acknowledged(
    frameWith: (id: string) => ClientFrame,
  ): Promise<Extract<ServerFrame, { type: "ack" }>> {
    this.#throwIfClosed();
    const id = String(++this.#lastId);
    const json = toByteString(jsonOfClientFrame(frameWith(id)));
    // The server does not read such a frame, and so could not say whose error it is.
    if (json.length > MAX_FRAME_BYTES) throw ChatError.of("frame_too_long");
    this.#connection.send(json);
    this.#resume();
    return await this.#requests.ack(id);
  }

  #received(frame: ServerFrame): void {
    this.#requests.answer(frame, this.#name);
    switch (frame.type) {
      case "welcome":
        this.#welcome = frame;
        this.#name = frame.name;
        this.#connection.joined();
        this.#registration?.resolve(frame);
        break;
      case "error":
        if (this.#welcome === undefined) this.#refuseEntry(new ChatError(frame));
        break;
      case "renamed":
        if (frame.from === this.#name) this.#name = frame.to;
        break;
      case "ack":
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

  #tellWatchers(frame: FileFrame): void {
    for (const watcher of this.#watchers) watcher.received(frame);
  }

  /** The server does not let this client in. */
  #refuseEntry(error: ChatError): void {
    if (this.#registration === undefined) this.#requests.rejectAll(error);
    else this.#registration.reject(error);
  }

  #throwIfClosed(): void {
    const { error } = this.#connection;
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
