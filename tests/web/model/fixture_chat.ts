import type { Clock } from "../../../client/core/clock.ts";
import type { SessionPoint } from "../../../client/core/resume_point.ts";
import type {
  ClientFrame,
  ClientFrameOf,
  EnteredRoom,
  MessageFrame,
  ServerFrame,
} from "../../../protocol/frames.ts";
import type { Chat, Login } from "../../../web/model/chat.ts";
import {
  messageChannel,
  type MessageSocketListener,
} from "../../../client/core/message_channel.ts";
import { type PageEnvironment, PageSession } from "../../../web/model/page_session.ts";

const INTRODUCTION = '{"type":"server","server":"hubbub 1","protocol":0}';

/** A clock that does not advance. */
const STOPPED: Clock = { now: () => 0, after: () => () => {} };

/** A chat whose network and clock are controlled by a test. */
export class FixtureChat {
  /** All frames but `hello`. */
  readonly sent: ClientFrame[] = [];
  readonly #hellos: ClientFrameOf<"hello">[] = [];
  isWatched = true;
  #ids = 0;
  /** The last socket, until it is closed. */
  #socket: MessageSocketListener | undefined;
  #isIntroduced = false;
  readonly session: PageSession;

  constructor(environment: Partial<PageEnvironment> = {}) {
    this.session = new PageSession({
      openChannel: messageChannel((listener) => {
        this.#socket = listener;
        this.#isIntroduced = false;
        return {
          send: (text) => {
            const frame: ClientFrame = JSON.parse(text);
            if (frame.type === "hello") this.#hellos.push(frame);
            else this.sent.push(frame);
          },
          close: () => {},
        };
      }),
      endpoint: { host: "chat.example", port: 80 },
      clock: STOPPED,
      random: () => 1,
      now: () => 1000,
      newId: () => `id${++this.#ids}`,
      isWatched: () => this.isWatched,
      post: () => ({ stop() {} }),
      save: () => {},
      changed: () => {},
      progressed: () => {},
      ...environment,
    });
  }

  /** A chat that has joined the lobby as `Ann`, with `Ben`. */
  static inside(): FixtureChat {
    const fixture = new FixtureChat();
    fixture.enter({ name: "Ann" });
    fixture.addNotice(welcome(), users("Ann", "Ben"));
    fixture.takeSent();
    return fixture;
  }

  get chat(): Chat {
    return this.session.chat;
  }

  enter(login: Login, point?: SessionPoint): void {
    this.session.enter(login, point);
  }

  /** The connection breaks, or cannot be established. */
  disconnect(): void {
    this.session.retryNow();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.closed();
  }

  /** Connects if there is no connection. @returns the last `hello`. */
  hello(): ClientFrameOf<"hello"> {
    this.session.retryNow();
    if (!this.#isIntroduced) {
      this.#isIntroduced = true;
      this.#socket?.opened();
      this.#socket?.received(INTRODUCTION);
    }
    return this.#hellos.at(-1)!;
  }

  /** Connects if there is no connection, and receives frames. */
  addNotice(...frames: ServerFrame[]): void {
    for (const frame of frames) {
      this.hello();
      this.#socket?.received(JSON.stringify(frame));
    }
  }

  /** Returns the frames since the last call. */
  takeSent(): ClientFrame[] {
    return this.sent.splice(0);
  }

  /** The texts of the open conversation. */
  get texts(): string[] {
    return this.chat.active.entries.map(({ text }) => text);
  }
}

/** The acceptance of Ann in one room, by default the lobby. */
export function welcome(
  { room = "lobby", seq = 0, topic, ...changes }:
    & Partial<Extract<ServerFrame, { type: "welcome" }>>
    & Partial<EnteredRoom> = {},
): ServerFrame {
  const rooms = [{ room, seq, ...(topic === undefined ? undefined : { topic }) }];
  return { type: "welcome", name: "Ann", rooms, server: "test", session: "token", ...changes };
}

/** Users in the lobby. */
export function users(...names: string[]): ServerFrame {
  const list = names.map((name) => ({ name }));
  return { type: "users", room: "lobby", users: list, total: list.length };
}

export function message(seq: number, changes: Partial<MessageFrame> = {}): MessageFrame {
  const text = `message ${seq}`;
  return { type: "message", seq, room: "lobby", from: "Ben", text, time: seq, ...changes };
}
