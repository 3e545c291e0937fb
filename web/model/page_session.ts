import { ChatError } from "../../client/core/chat_error.ts";
import {
  type Arrival,
  ChatSession,
  type SessionListener,
  type SessionOptions,
  type Welcome,
} from "../../client/core/chat_session.ts";
import type { ConnectionError } from "../../client/core/connection_errors.ts";
import type { SessionPoint } from "../../client/core/resume_point.ts";
import type { Closing } from "../../client/core/server_connection.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import { Chat, type ChatEnvironment, type Login } from "./chat.ts";
import { arrive, receive } from "./server_frames.ts";

/** Time limit of connecting, and of each answer until the `welcome`. */
const CONNECT_MILLISECONDS = 10_000;

/** Silence before a `ping`, and the time limit of its answer. */
const LIVENESS = { silence: 15_000, answer: 10_000 };

/** Time limit of an answer after the browser has reported that it is offline. */
const CHECK_MILLISECONDS = 2000;

/** Failed attempts to connect until the user gets an error. On a busy machine a browser may send its request
 * later than a person is silent, and gets a prompt for a name: that can happen twice. */
const MAX_FAILURES = 3;

export type PageEnvironment =
  & Omit<ChatEnvironment, "send" | "sendKept" | "point">
  & Pick<SessionOptions, "openChannel" | "endpoint">
  & { /** From 0 to 1. */ random(): number };

/** The session of a page: connects its {@link Chat} with the server. */
export class PageSession implements SessionListener {
  readonly chat: Chat;
  #session: ChatSession | undefined;

  constructor(private readonly environment: PageEnvironment) {
    this.chat = new Chat({
      ...environment,
      send: (frame) => this.#session?.post(frame),
      sendKept: (frame) => this.#session?.send(frame, true),
      point: () => this.#session?.point,
    });
  }

  /** Starts to join the chat. @param point the session to resume. */
  enter(login: Login, point?: SessionPoint): void {
    const { chat, environment } = this;
    const { openChannel, endpoint, clock, random } = environment;
    this.#close();
    chat.enter(login, point);
    this.#session = new ChatSession({
      endpoint,
      openChannel,
      clock,
      connectTimeoutMilliseconds: CONNECT_MILLISECONDS,
      liveness: LIVENESS,
      reconnect: { random },
      attempts: MAX_FAILURES,
      unacknowledged: chat.outgoing.frames,
      ...(point === undefined ? undefined : { resume: point }),
    }, this);
    const { room: _, ...hello } = login;
    this.#session.join({ ...hello, rooms: [chat.room] });
  }

  /** Leaves: at once, or once the server has handled all earlier frames. */
  leave(): void {
    if (this.chat.isInside) this.#session?.leave();
    else this.#leave("You have left.");
  }

  /** Reconnects at once: the network may be back. */
  retryNow(): void {
    this.#session?.retryNow();
  }

  /** Checks at once whether the connection is alive. */
  check(): void {
    this.#session?.check(CHECK_MILLISECONDS);
  }

  introduced(): void {}

  joined(welcome: Welcome, arrival: Arrival): void {
    arrive(this.chat, welcome, arrival);
    this.environment.changed();
  }

  refused(error: ChatError): void {
    this.#leave(error.text, error.code);
  }

  received(frame: ServerFrame): void {
    receive(this.chat, frame);
    if (this.chat.phase === "outside") this.#close();
    // The progress of files is shown at its own rate.
    if (frame.type !== "chunk" && frame.type !== "received") this.environment.changed();
  }

  caughtUp(): void {}

  waiting(): void {
    this.chat.disconnected();
    this.environment.changed();
  }

  ended(closing: Closing, { cause, message }: ConnectionError): void {
    if (this.#session === undefined) return;
    if (cause instanceof ChatError) return this.#leave(cause.text, cause.code);
    if (closing.type === "left") return this.#leave("You have left.");
    if (closing.type === "server closed") return this.#leave(closing.text);
    const isStarting = this.chat.phase === "entering";
    if (!isStarting) return this.#leave(message);
    this.#leave("The server does not answer. Is it running?", "no_answer");
  }

  #leave(text: string, code?: string): void {
    this.chat.leave({ text, ...(code === undefined ? undefined : { code }) });
    this.#close();
    this.environment.changed();
  }

  #close(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.close();
  }
}
