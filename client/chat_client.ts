/**
 * A chat client for programs: no terminal, no process, only frames.
 *
 * @module
 */

import { type ClientFrame, hostPort, type ServerFrame } from "../protocol/mod.ts";
import { ChatRequests, type FrameWatcher } from "./chat_requests.ts";
import type { ClientOptions, Credentials } from "./client_options.ts";
import { ChatError } from "./core/chat_error.ts";
import type { Hello, Welcome } from "./core/chat_session.ts";
import type { ChatEvent } from "./core/connection_event.ts";
import type { FileStore } from "./files/file_chat.ts";
import type { Closing } from "./core/server_connection.ts";

/** A server, and the user to join as. */
export interface ConnectOptions extends ClientOptions, Credentials {
  /** The name to join with. */
  readonly name: string;
  /** Default: the server's own, `lobby`. */
  readonly room?: string;
  /** Several rooms, instead of `room`. */
  readonly rooms?: readonly string[];
  /** Joins and leaves without a notice to the room; `/users` marks the name. Default: false. */
  readonly listen?: boolean;
}

/** A server to listen to. Without a name, it refuses requests that need one as `nameless`. */
export interface ListenOptions extends Omit<ConnectOptions, "name" | "listen"> {
  /** Default: no name. */
  readonly name?: string;
  /** Always true. */
  readonly listen: true;
}

/** The users of a room. */
export type Users = Extract<ServerFrame, { type: "users" }>;

/** The rooms of a server. */
export type Rooms = Extract<ServerFrame, { type: "rooms" }>;

/** A page of the messages of a room. */
export type HistoryPage = Extract<ServerFrame, { type: "history" }>;

/** The found messages of a room. */
export type SearchPage = Extract<ServerFrame, { type: "search" }>;

/**
 * One connection to a chat.
 *
 * Every request is answered: it resolves with the server's answer, rejects with the server's
 * {@link ChatError}, or rejects with a `ConnectionError` when the connection ends first. There is no
 * time-out on an answer while the connection lives: a server slows a client that sends too much by
 * reading it later.
 *
 * With {@link ClientOptions.reconnect} the client reconnects after a break and resumes its session:
 * missed messages arrive as events, waiting ones are sent, and none is lost or sent twice. Messages,
 * whispers and changes of rooms wait for their answer over a break, in the order of the calls; other
 * requests reject. A {@link ConnectionEvent} reports each change.
 *
 * @example
 * ```ts ignore
 * await using chat = await ChatClient.connect({ name: "echo-bot" });
 * for await (const frame of chat.events()) {
 *   if (frame.type !== "message" || frame.notice) continue;
 *   await chat.send(`${frame.from} said: ${frame.text}`, { notice: true });
 * }
 * ```
 */
export class ChatClient {
  /** Resolves when the connection is over; never rejects. */
  readonly closed: Promise<Closing>;

  readonly #requests: ChatRequests;

  private constructor(options: ClientOptions) {
    this.#requests = new ChatRequests(options);
    this.closed = this.#requests.closed;
  }

  /**
   * Connects and joins. Neither name nor password is sent before the server has introduced itself as
   * hubbub.
   *
   * @throws {ConnectionError} when there is no connection, or no hubbub server behind it.
   * @throws {ChatError} when the server refuses: the name is taken, the server is full.
   */
  static connect(
    { name, room, rooms, password, serverPassword, listen, ...options }:
      | ConnectOptions
      | ListenOptions,
  ): Promise<ChatClient> {
    const hello = {
      ...(name === undefined ? undefined : { name }),
      ...roomsOf(rooms ?? room),
      ...(listen === true ? { listen } : undefined),
      ...credentialsOf({ password, serverPassword }),
    };
    return ChatClient.#enter(options, hello);
  }

  /**
   * Connects and checks that a hubbub server answers, before a user interface asks for the name.
   * {@link register} joins.
   *
   * @throws {ConnectionError | ChatError} as {@link connect}.
   */
  static open(options: ClientOptions = {}): Promise<ChatClient> {
    return ChatClient.#enter(options);
  }

  static async #enter(
    { stop, ...options }: ClientOptions,
    hello?: Hello,
  ): Promise<ChatClient> {
    const client = new ChatClient(options);
    const abort = () => client.close();
    stop?.addEventListener("abort", abort);
    try {
      if (stop?.aborted === true) abort();
      await client.#requests.ready();
      if (hello !== undefined) await client.#requests.register(hello);
      return client;
    } catch (error) {
      client.close();
      throw error;
    } finally {
      stop?.removeEventListener("abort", abort);
    }
  }

  /**
   * Joins with a name. After a refusal it may be called again, until the server closes the connection.
   *
   * @param room one or several; default: the server's own, `lobby`.
   * @throws {ChatError} when the server refuses the name or the room.
   * @throws {ConnectionError} when the connection ends first.
   */
  async register(
    name: string,
    room?: string | readonly string[],
    credentials: Credentials = {},
  ): Promise<Welcome> {
    return await this.#requests.register({
      name,
      ...roomsOf(room),
      ...credentialsOf(credentials),
    });
  }

  /** Address of the server, as `HOST:PORT`. */
  get address(): string {
    return hostPort(this.#requests.endpoint);
  }

  /** Where `postFile` posts files in rooms; `undefined` on a server that keeps none, and while this client
   * is not connected. */
  get fileStore(): FileStore | undefined {
    const { endpoint, pagePath, authorization, welcome, isConnected } = this.#requests;
    if (!isConnected || welcome?.maxStoredFile === undefined) return undefined;
    return {
      endpoint,
      path: pagePath,
      authorization,
      token: welcome.session,
      maxBytes: welcome.maxStoredFile,
      open: (listener) => this.#requests.openTransport(listener),
    };
  }

  /** The current name; empty until this client is registered. */
  get name(): string {
    return this.#requests.name;
  }

  /** The last `welcome` of the server. */
  get welcome(): Welcome | undefined {
    return this.#requests.welcome;
  }

  /** True once the session has ended for good. */
  get isClosed(): boolean {
    return this.#requests.isClosed;
  }

  /** True while this client is connected and registered; false while it reconnects. */
  get isConnected(): boolean {
    return this.#requests.isConnected;
  }

  /** The rooms of this client, in the order in which it entered them. */
  get joinedRooms(): readonly string[] {
    return this.#requests.rooms;
  }

  /** Number of messages, whispers and changes of rooms without an acknowledgement. */
  get unacknowledged(): number {
    return this.#requests.unacknowledged;
  }

  /**
   * Sends a message to a room.
   *
   * Messages arrive in the order of the calls. Each one stays in memory until it is acknowledged: a
   * program that sends many awaits some of them.
   *
   * @param options `action` sends an action, as `/me`, `notice` a notice, which programs do not answer;
   * `room` may be left out by a client in one room.
   * @returns the room, and the number of the message in it.
   * @throws {ChatError} `room_needed` or `not_in_room`.
   */
  async send(
    text: string,
    options: {
      readonly action?: boolean;
      readonly notice?: boolean;
      readonly room?: string;
    } = {},
  ): Promise<{ room: string; seq: number }> {
    const { room = this.#onlyRoom, action, notice } = options;
    const { seq = 0, ...ack } = await this.#requests.acknowledged((id) => ({
      type: "message",
      ...(room === undefined ? undefined : { room }),
      text,
      id,
      ...(action === true ? { action } : undefined),
      ...(notice === true ? { notice } : undefined),
    }), true);
    return { room: ack.room ?? room ?? "", seq };
  }

  /** Whispers to a user. @returns the name as the server writes it. */
  async whisper(to: string, text: string): Promise<{ to: string }> {
    const ack = await this.#requests.acknowledged(
      (id) => ({ type: "whisper", to, text, id }),
      true,
    );
    return { to: ack.to ?? to };
  }

  /** Whispers to the user who whispered last. @returns the name of that user. */
  async reply(text: string): Promise<{ to: string }> {
    const { to = "" } = await this.#requests.acknowledged(
      (id) => ({ type: "reply", text, id }),
      true,
    );
    return { to };
  }

  /**
   * Offers a file to a user, or to a room of this client. `sendFile` also transfers it.
   *
   * @returns the number of the file, and whether it is offered to the whole room.
   */
  async offer(to: string, name: string, size: number): Promise<{ file: number; room: boolean }> {
    const { file = 0, room } = await this.#requests.acknowledged((id) => {
      return { type: "offer", to, name, size, id };
    });
    return { file, room: room !== undefined };
  }

  /** Accepts an offered file. `receiveFile` also saves it. */
  async accept(file: number): Promise<void> {
    await this.#requests.acknowledged((id) => ({ type: "accept", file, id }));
  }

  /**
   * Changes the name, and returns it as the server writes it.
   *
   * @param password of a protected name; stored to resume the session.
   */
  async nick(name: string, password?: string): Promise<string> {
    const frame = { type: "nick", name, ...(password === undefined ? {} : { password }) } as const;
    const { to } = await this.#requests.ask(frame, "renamed");
    if (password !== undefined) this.#requests.setPassword(password);
    return to;
  }

  /**
   * Enters another room; the server creates a missing one.
   *
   * @returns the room, the number of its last message, and its topic if it has one. The number is 0
   * if the answer was lost with the connection: later messages arrive as events.
   */
  async join(room: string): Promise<{ room: string; seq: number; topic?: string | undefined }> {
    const { seq = 0, topic, ...joined } = await this.#requests.changed("join", room, "joined");
    return { room: joined.room, seq, topic };
  }

  /** Leaves a room, by default the only one. This client stays in the chat. */
  async leave(room: string | undefined = this.#onlyRoom): Promise<void> {
    if (room === undefined) throw ChatError.of("room_needed", this.joinedRooms.length);
    await this.#requests.changed("leave", room, "left");
  }

  /** The users in a room, by default in the only one. `total` counts all, `users` may list fewer. */
  async users(room?: string): Promise<Users> {
    const named = room === undefined ? undefined : { room };
    return await this.#requests.ask({ type: "users", ...named }, "users", room);
  }

  /** The rooms, those with the most users first. */
  async rooms(): Promise<Rooms> {
    return await this.#requests.ask({ type: "rooms" }, "rooms");
  }

  /**
   * Messages of a room: the last ones, those before a number, or those after one.
   *
   * @param query `room`: default the only one. `limit`: default 50, maximum 500.
   * @returns a page; `more` is true if others exist in that direction.
   */
  async history(
    query: { room?: string; limit?: number; before?: number; since?: number } = {},
  ): Promise<HistoryPage> {
    return await this.#requests.ask({ type: "history", ...query }, "history", query.room);
  }

  /**
   * Searches the messages of a room, by default of the only one, for the last ones that have all words:
   * in any case, with or without accents. `"two words"` in quotation marks must follow each other, and
   * the last word may be the beginning of one.
   *
   * @param query `limit`: default 50, maximum 500. `before`: that of the last answer, to continue.
   * @returns the found messages, the oldest first; with `more`, older ones were not searched.
   */
  async search(
    words: string,
    query: { room?: string; limit?: number; before?: number } = {},
  ): Promise<SearchPage> {
    return await this.#requests.ask({ type: "search", words, ...query }, "search", query.room);
  }

  /** Sends a `ping`, and returns the milliseconds until its answer. */
  async ping(): Promise<number> {
    return await this.#requests.ping();
  }

  get #onlyRoom(): string | undefined {
    const { joinedRooms: [room, ...others] } = this;
    return others.length === 0 ? room : undefined;
  }

  /** Sends any frame without waiting for an answer, which arrives as an event. */
  post(frame: ClientFrame): void {
    this.#requests.post(frame);
  }

  /**
   * Receives the frames about files. Offers and their answers are among the {@link events} too; the
   * frames of a transfer are not.
   *
   * @returns a function that ends it.
   */
  watch(watcher: FrameWatcher): () => void {
    return this.#requests.watch(watcher);
  }

  /**
   * All frames from `welcome` on, in order, without acknowledgements and pongs, and with
   * reconnection the changes of the connection. Errors and answers are included even if a request
   * received them, to show or log the conversation. It ends with the connection; {@link closed} has
   * the reason.
   *
   * Events wait until they are read. When half of `eventLimit` wait, the socket is not read either,
   * so that the server notices and can skip. An answer arrives behind the events: while one is
   * awaited, or no reader has started, reading continues, and past the limit a `skipped` frame for
   * each room replaces the oldest events. It counts messages only; call {@link users} for the users
   * that joined and left meanwhile.
   *
   * @throws {TypeError} if they are being read already.
   */
  events(): AsyncIterableIterator<ChatEvent, undefined> {
    return this.#requests.events();
  }

  /**
   * Leaves once the server has handled everything that was sent before.
   *
   * @param timeout milliseconds after which the connection is closed anyway; default 5000.
   * @param reason sent to the others in the room.
   */
  async quit(timeout = 5000, reason?: string): Promise<void> {
    await this.#requests.quit(timeout, reason);
  }

  /** Closes at once. Unacknowledged messages may or may not have reached the room. */
  close(): void {
    this.#requests.close();
  }

  /** Leaves with {@link quit}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }
}

function roomsOf(room: string | readonly string[] | undefined): { rooms?: string[] } {
  if (room === undefined) return {};
  return { rooms: typeof room === "string" ? [room] : [...room] };
}

/** The given passwords, without `undefined` properties. */
function credentialsOf({ password, serverPassword }: Partial<
  Record<keyof Credentials, string | undefined>
>): Credentials {
  return {
    ...(password === undefined ? undefined : { password }),
    ...(serverPassword === undefined ? undefined : { serverPassword }),
  };
}
