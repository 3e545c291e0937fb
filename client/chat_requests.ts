import type { ClientFrame, FileFrame, ServerFrame } from "../protocol/mod.ts";
import { AnswerMatcher, type AnswerType } from "./answer_matcher.ts";
import type { ClientOptions } from "./client_options.ts";
import type { ChatError } from "./core/chat_error.ts";
import {
  type Arrival,
  ChatSession,
  type Hello,
  type IdentifiedFrame,
  type SessionListener,
  type Welcome,
} from "./core/chat_session.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { messageChannel, type MessageSocket } from "./core/message_channel.ts";
import { ConnectionError } from "./core/connection_errors.ts";
import type { ChatEvent } from "./core/connection_event.ts";
import type { OpenFrameChannel } from "./core/frame_channel.ts";
import { LineChannel } from "./core/line_channel.ts";
import type { Closing } from "./core/server_connection.ts";
import {
  type Endpoint,
  endpointOf,
  type OpenTransport,
  type Transport,
  type TransportListener,
} from "./core/transport.ts";
import { EventQueue } from "./event_queue.ts";
import { openTcp } from "./transports/socket_transport.ts";
import { openTls } from "./transports/tls_transport.ts";
import type { OpenWebSocketOptions } from "./transports/websocket.ts";
import { pagePath, serverOfUrl } from "./core/web_address.ts";

/** Maximum of messages, whispers and changes of rooms that wait for a connection. */
const MAX_UNACKNOWLEDGED_OFFLINE = 10_000;

/** Receives the frames of files as they arrive. */
export interface FrameWatcher {
  /** Called with each frame of a file, before the events. */
  received(frame: FileFrame): void;
  /** The connection has ended. */
  closed(error: ConnectionError): void;
}

/**
 * A session for programs: requests are promises of their answers, the other frames are events.
 *
 * The session (`core/chat_session.ts`) has the connection; `ChatClient` has the commands.
 */
export class ChatRequests implements SessionListener {
  /** Resolves when the session is over for good; never rejects. */
  readonly closed: Promise<Closing>;
  /** The path of the server's page. */
  readonly pagePath: string;
  /** The header `Authorization`, for a web server in front of the chat. */
  readonly authorization: string | undefined;

  readonly #clock: Clock;
  readonly #openTransport: OpenTransport;
  readonly #session: ChatSession;
  readonly #answers = new AnswerMatcher();
  readonly #watchers = new Set<FrameWatcher>();
  readonly #events: EventQueue;
  /** Number of waiting events at which reading stops. */
  readonly #pauseAt: number;
  readonly #introduction = Promise.withResolvers<void>();
  #registration: PromiseWithResolvers<Welcome> | undefined;
  readonly #closing = Promise.withResolvers<Closing>();
  #welcome: Welcome | undefined;
  #lastId = 0;
  #isPaused = false;

  /** Starts to connect. */
  constructor({ url, ...given }: ClientOptions) {
    const options = url === undefined ? given : { ...given, ...serverOfUrl(url) };
    const { eventLimit = 10_000, heartbeatMilliseconds: silence = 30_000 } = options;
    const { webSocket, plainPeers = false, clock = systemClock } = options;
    const { openTransport = webSocket?.isEncrypted === true ? openTls() : openTcp } = options;
    this.closed = this.#closing.promise;
    this.#introduction.promise.catch(() => {}); // without a caller it is no unhandled rejection
    this.#clock = clock;
    this.#openTransport = openTransport;
    this.pagePath = webSocket === undefined ? "/" : pagePath(webSocket);
    this.authorization = webSocket?.authorization;
    this.#pauseAt = eventLimit / 2;
    const resumeAt = eventLimit / 4;
    this.#events = new EventQueue(eventLimit, () => {
      if (this.#events.length <= resumeAt || !this.#events.isBeingRead) this.#resume();
    });
    const endpoint = endpointOf(options);
    this.#session = new ChatSession({
      endpoint,
      clock,
      connectTimeoutMilliseconds: options.connectTimeoutMilliseconds ?? 10_000,
      liveness: { silence, answer: 2 * silence },
      reconnect: options.reconnect ?? false,
      openChannel: webSocket === undefined
        ? (listener, isReconnecting) =>
          new LineChannel(
            { endpoint, openTransport, clock, plainPeers: plainPeers && !isReconnecting },
            listener,
          )
        : webSocketChannel({ ...webSocket, endpoint, openTransport }),
    }, this);
  }

  get endpoint(): Endpoint {
    return this.#session.endpoint;
  }

  /** Opens another connection to the server. */
  openTransport(listener: TransportListener): Transport {
    return this.#openTransport(this.endpoint, listener);
  }

  get name(): string {
    return this.#session.name;
  }

  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  get isClosed(): boolean {
    return this.#session.isClosed;
  }

  get isConnected(): boolean {
    return this.#session.isJoined;
  }

  /** The names of the rooms of this client. */
  get rooms(): readonly string[] {
    return this.#session.rooms;
  }

  get unacknowledged(): number {
    return this.#session.unacknowledged;
  }

  /**
   * Waits until hubbub has introduced itself: nothing is sent before.
   *
   * @throws {ConnectionError | ChatError} if there is no such server, or it refuses this client.
   */
  async ready(): Promise<void> {
    await this.#introduction.promise;
  }

  /** Sends a `hello`. Its credentials are stored to resume the session. */
  async register(hello: Hello): Promise<Welcome> {
    if (this.#session.isClosed) this.#throwIfOffline();
    this.#registration = Promise.withResolvers();
    this.#session.join(hello);
    return await this.#registration.promise;
  }

  /** Stores the password of a name that was taken later, to resume the session. */
  setPassword(password: string): void {
    this.#session.setPassword(password);
  }

  /** All frames but acknowledgements, pongs and transfers, and changes of the connection. */
  events(): AsyncIterableIterator<ChatEvent, undefined> {
    return this.#events.read();
  }

  /** Adds a receiver of the frames of files. @returns a function that removes it. */
  watch(watcher: FrameWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** @returns the milliseconds until the answer. */
  async ping(): Promise<number> {
    this.#throwIfOffline();
    const t = ++this.#lastId;
    const start = this.#clock.now();
    this.post({ type: "ping", t });
    await this.#answers.pong(t);
    return this.#clock.now() - start;
  }

  async ask<Type extends AnswerType>(
    frame: ClientFrame,
    answer: Type,
    room?: string,
  ): Promise<Extract<ServerFrame, { type: Type }>> {
    this.#throwIfOffline();
    const id = this.#newId();
    this.post({ ...frame, id });
    return await this.#answers.question(id, answer, room);
  }

  /** Sends a frame without waiting for an answer; the answer is an event. */
  post(frame: ClientFrame): void {
    this.#session.post(frame);
    this.#resume();
  }

  /**
   * Sends a frame that the server acknowledges, and waits for that.
   *
   * @param isRepeated whether it is repeated after a break.
   */
  async acknowledged(
    frameWith: (id: string) => IdentifiedFrame,
    isRepeated = false,
  ): Promise<Extract<ServerFrame, { type: "ack" }>> {
    return await this.#answers.ack(this.#send(frameWith, isRepeated));
  }

  /** Enters or leaves a room, and waits until the server has done so. It is repeated after a break. */
  async changed<Type extends "joined" | "left">(
    type: Type extends "joined" ? "join" : "leave",
    room: string,
    answer: Type,
  ): Promise<Extract<ServerFrame, { type: Type }>> {
    const id = this.#send((id) => ({ type, room, id }), true);
    return await this.#answers.question(id, answer, room);
  }

  /** @param timeout milliseconds after which the connection is closed anyway. */
  async quit(timeout: number, reason?: string): Promise<void> {
    const cancel = this.#clock.after(timeout, () => this.close());
    this.#session.leave(reason);
    this.#resume();
    await this.closed;
    cancel();
  }

  close(): void {
    this.#session.close();
  }

  introduced(): void {
    this.#introduction.resolve();
  }

  joined(welcome: Welcome, { isFirst, isResumed, uncertain }: Arrival): void {
    this.#welcome = welcome;
    this.#registration?.resolve(welcome);
    if (isFirst) return this.#events.push(welcome);
    this.#events.push({
      type: "connection",
      state: "restored",
      resumed: isResumed,
      uncertain: uncertain.length,
    });
    const error = new ConnectionError("uncertain", "chat", this.endpoint);
    for (const { id } of uncertain) this.#answers.rejectAck(id, error);
  }

  refused(error: ChatError): void {
    this.#introduction.reject(error);
    this.#registration?.reject(error);
  }

  received(frame: ServerFrame): void {
    this.#answers.answer(frame, this.name);
    switch (frame.type) {
      case "ack":
      case "pong":
        return;
      case "chunk":
      case "received":
      case "finish":
      case "complete":
      case "cancelled":
        return this.#watched(frame);
      case "offered":
      case "withdrawn":
      case "accepted":
      case "refused":
        this.#watched(frame);
    }
    if (this.#welcome !== undefined) this.#events.push(frame);
  }

  caughtUp(): void {
    const mayPause = this.#events.isBeingRead && this.#answers.size === 0;
    if (this.#isPaused || !mayPause || this.#events.length < this.#pauseAt) return;
    this.#isPaused = true;
    this.#session.pause();
  }

  waiting(error: ConnectionError | ChatError, retryMilliseconds: number, isBreak: boolean): void {
    this.#isPaused = false;
    if (error instanceof ConnectionError) {
      this.#answers.rejectAll(error, (id) => this.#session.isUnacknowledged(id));
      if (isBreak) { for (const watcher of this.#watchers) watcher.closed(error); }
    }
    const state = isBreak ? "lost" : "waiting";
    this.#events.push({ type: "connection", state, text: error.message, retryMilliseconds });
  }

  ended(closing: Closing, error: ConnectionError): void {
    this.#isPaused = false;
    this.#introduction.reject(error);
    this.#registration?.reject(error);
    this.#answers.rejectAll(error);
    for (const watcher of this.#watchers) watcher.closed(error);
    this.#events.end();
    this.#closing.resolve(closing);
  }

  #newId(): string {
    return String(++this.#lastId);
  }

  /** @returns the id. */
  #send(frameWith: (id: string) => IdentifiedFrame, isRepeated: boolean): string {
    const { isClosed, unacknowledged } = this.#session;
    const mayWait = isRepeated && unacknowledged < MAX_UNACKNOWLEDGED_OFFLINE && !isClosed;
    if (!mayWait) this.#throwIfOffline();
    const id = this.#newId();
    this.#session.send(frameWith(id), isRepeated && this.#welcome !== undefined);
    this.#resume();
    return id;
  }

  #watched(frame: FileFrame): void {
    for (const watcher of this.#watchers) watcher.received(frame);
  }

  #throwIfOffline(): void {
    const error = this.#session.failure;
    if (error !== undefined) throw error;
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#session.resumeReading();
  }
}

/** Frames over a WebSocket, whose modules are loaded by its first connection. */
function webSocketChannel(options: OpenWebSocketOptions): OpenFrameChannel {
  return messageChannel((listener) => {
    let socket: MessageSocket | undefined;
    let isClosed = false;
    import("./transports/websocket.ts").then(({ openWebSocket }) => {
      if (!isClosed) socket = openWebSocket(options, listener);
    }).catch((error) => listener.closed(error));
    return {
      send: (text) => socket?.send(text),
      pause: () => socket?.pause?.(),
      resume: () => socket?.resume?.(),
      close() {
        isClosed = true;
        socket?.close();
      },
    };
  });
}
