/**
 * A participant of a chat, for programs: no terminal, no process, only frames.
 *
 * @module
 */

import { type ClientFrame, DEFAULT_ROOM, hostPort, type ServerFrame } from "../protocol/mod.ts";
import { ChatRequests, type FrameWatcher } from "./chat_requests.ts";
import type { ClientOptions, Credentials } from "./client_options.ts";
import type { Hello, Welcome } from "./core/chat_session.ts";
import type { ChatEvent } from "./core/connection_event.ts";
import type { Closing } from "./core/server_connection.ts";

/** How to reach a server, and as whom. */
export interface ConnectOptions extends ClientOptions, Credentials {
  /** The name to take. */
  readonly name: string;
  /** Default: the server's own, `lobby`. */
  readonly room?: string;
  /** Whether to join and leave without a notice to the room; the list of users shows the name, marked.
   * Default: false. */
  readonly listen?: boolean;
}

/** How to reach a server to listen, with or without a name. Without one, the server refuses requests
 * that need a name as `nameless`. */
export interface ListenOptions extends Omit<ConnectOptions, "name" | "listen"> {
  /** The name to take. Default: no name. */
  readonly name?: string;
  /** Always true. */
  readonly listen: true;
}

/** The answer to a question for who is there. */
export type Users = Extract<ServerFrame, { type: "users" }>;

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
 * and nothing is lost or said twice. Messages, whispers and changes of room wait for their answer
 * over a break, in the order of the calls; other requests reject. See {@link ConnectionEvent} for
 * what it tells of it.
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
    { name, room, password, serverPassword, listen, ...options }: ConnectOptions | ListenOptions,
  ): Promise<ChatClient> {
    const hello = {
      ...(name === undefined ? undefined : { name }),
      ...(room === undefined ? undefined : { room }),
      ...(listen === true ? { listen } : undefined),
      ...credentialsOf({ password, serverPassword }),
    };
    return ChatClient.#enter(options, hello);
  }

  /**
   * Connects and makes sure that a hubbub server answers, without a name yet: for a face that asks
   * for the name once it knows that there is somewhere to go. {@link register} joins.
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
    const giveUp = () => client.close();
    stop?.addEventListener("abort", giveUp);
    try {
      if (stop?.aborted === true) giveUp();
      await client.#requests.ready();
      if (hello !== undefined) await client.#requests.register(hello);
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
    return await this.#requests.register({
      name,
      ...(room === undefined ? undefined : { room }),
      ...credentialsOf(credentials),
    });
  }

  /** Where the server is, as `HOST:PORT`. */
  get address(): string {
    return hostPort(this.#requests.endpoint);
  }

  /** The name under which this client is known now; empty until it is registered. */
  get name(): string {
    return this.#requests.name;
  }

  /** What the server said when it let this client in. */
  get welcome(): Welcome | undefined {
    return this.#requests.welcome;
  }

  /** True when it is over for good. */
  get isClosed(): boolean {
    return this.#requests.isClosed;
  }

  /** True while this client is connected and registered; false while it reconnects. */
  get isConnected(): boolean {
    return this.#requests.isConnected;
  }

  /** Messages, whispers and changes of room that the server has not answered yet. */
  get unacknowledged(): number {
    return this.#requests.unacknowledged;
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
    const { seq = 0 } = await this.#requests.acknowledged(
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
    const ack = await this.#requests.acknowledged(
      (id) => ({ type: "whisper", to, text, id }),
      true,
    );
    return { to: ack.to ?? to };
  }

  /**
   * Whispers to the user who whispered last.
   *
   * @returns the name of that person.
   */
  async reply(text: string): Promise<{ to: string }> {
    const { to = "" } = await this.#requests.acknowledged(
      (id) => ({ type: "reply", text, id }),
      true,
    );
    return { to };
  }

  /**
   * Offers a file to a person, or to the room. `sendFile` does all that there is to do.
   *
   * @returns the number of the file, and whether all in the room may have it.
   */
  async offer(to: string, name: string, size: number): Promise<{ file: number; room: boolean }> {
    const { file = 0, room = false } = await this.#requests.acknowledged((id) => {
      return { type: "offer", to, name, size, id };
    });
    return { file, room };
  }

  /** Accepts an offered file. `receiveFile` does all that there is to do. */
  async accept(file: number): Promise<void> {
    await this.#requests.acknowledged((id) => ({ type: "accept", file, id }));
  }

  /**
   * Changes the name, and returns it as the server writes it.
   *
   * @param password of a protected name; it is kept for coming back.
   */
  async nick(name: string, password?: string): Promise<string> {
    const frame = { type: "nick", name, ...(password === undefined ? {} : { password }) } as const;
    const { to } = await this.#requests.ask(frame, "renamed");
    if (password !== undefined) this.#requests.setPassword(password);
    return to;
  }

  /**
   * Goes to another room, which is made if need be.
   *
   * @returns the room, the number of its last message, and its topic if it has one. The number is 0
   * where the answer was lost with the connection: what was said since then comes as events.
   */
  async join(room: string): Promise<{ room: string; seq: number; topic?: string | undefined }> {
    const { seq = 0, topic, ...joined } = await this.#requests.moved(
      (id) => ({ type: "join", room, id }),
      room,
    );
    return { room: joined.room, seq, topic };
  }

  /** Goes back to the lobby; see {@link join}. */
  async leave(): Promise<{ room: string; seq: number; topic?: string | undefined }> {
    const { seq = 0, topic, room } = await this.#requests.moved(
      (id) => ({ type: "leave", id }),
      DEFAULT_ROOM,
    );
    return { room, seq, topic };
  }

  /** Who is in the room. `total` counts them all, `users` may list fewer. */
  async users(): Promise<Users> {
    return await this.#requests.ask({ type: "users" }, "users");
  }

  /** Which rooms there are, those with the most people first. */
  async rooms(): Promise<Rooms> {
    return await this.#requests.ask({ type: "rooms" }, "rooms");
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
    return await this.#requests.ask({ type: "history", ...query }, "history");
  }

  /** Asks the server whether it is there, and returns how long the answer took in milliseconds. */
  async ping(): Promise<number> {
    return await this.#requests.ping();
  }

  /** Sends any frame without waiting for an answer; what the server says to it is an event. */
  post(frame: ClientFrame): void {
    this.#requests.post(frame);
  }

  /**
   * Receives the frames about files. Offers and their answers are among the {@link events},
   * too; what belongs to a file under way is not.
   *
   * @returns what ends it.
   */
  watch(watcher: FrameWatcher): () => void {
    return this.#requests.watch(watcher);
  }

  /**
   * Everything that the server says from `welcome` on, in order, but for acknowledgements
   * and pongs; and what happens to the connection, where it is made again. Errors and answers are
   * there even if a request got them too, to show or log the conversation. It ends with
   * the connection; {@link closed} says why.
   *
   * Events wait until they are read. When half of `eventLimit` wait, the socket is not read either,
   * so that the server knows and can skip. That must not hold up an answer, which stands behind the
   * events: while one is awaited, or no reader has started, the socket is read on, and past the limit
   * the oldest events give way to a `skipped` frame for each room. It counts messages only; call
   * {@link users} for those who joined and left meanwhile.
   *
   * @throws {TypeError} if they are being read already.
   */
  events(): AsyncIterableIterator<ChatEvent, undefined> {
    return this.#requests.events();
  }

  /**
   * Leaves, once the server has dealt with everything that was sent before.
   *
   * @param timeout milliseconds after which the connection is closed anyway; default 5000.
   * @param reason sent to the others in the room.
   */
  async quit(timeout = 5000, reason?: string): Promise<void> {
    await this.#requests.quit(timeout, reason);
  }

  /** Closes at once. What was not acknowledged may or may not have been said. */
  close(): void {
    this.#requests.close();
  }

  /** Leaves with {@link quit}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }
}

/** The passwords that are given. */
function credentialsOf({ password, serverPassword }: Partial<
  Record<keyof Credentials, string | undefined>
>): Credentials {
  return {
    ...(password === undefined ? undefined : { password }),
    ...(serverPassword === undefined ? undefined : { serverPassword }),
  };
}
