import type { ClientFrame, MessageFrame, ServerFrame } from "../../../protocol/frames.ts";
import { Chat, type ChatEnvironment } from "../../../web/model/chat.ts";
import { receive } from "../../../web/model/server_frames.ts";

/** A chat with everything around it in the hands of a test. */
export class FixtureChat {
  readonly sent: ClientFrame[] = [];
  isWatched = true;
  #ids = 0;
  readonly chat: Chat;

  constructor(environment: Partial<ChatEnvironment> = {}) {
    this.chat = new Chat({
      send: (frame) => this.sent.push(frame),
      now: () => 1000,
      newId: () => `id${++this.#ids}`,
      isWatched: () => this.isWatched,
      schedule: () => {},
      save: () => {},
      changed: () => {},
      progressed: () => {},
      ...environment,
    });
  }

  /** A chat that has joined the lobby as `Ann`, with `Ben`. */
  static inside(): FixtureChat {
    const fixture = new FixtureChat();
    fixture.chat.enter({ name: "Ann" });
    fixture.tell(welcome(), users("Ann", "Ben"));
    fixture.takeSent();
    return fixture;
  }

  /** The server says something. */
  tell(...frames: ServerFrame[]): void {
    for (const frame of frames) receive(this.chat, frame);
  }

  /** What was sent since the last time. */
  takeSent(): ClientFrame[] {
    return this.sent.splice(0);
  }

  /** The texts of the conversation that is looked at. */
  get texts(): string[] {
    return this.chat.active.entries.map(({ text }) => text);
  }
}

export function welcome(
  changes: Partial<Extract<ServerFrame, { type: "welcome" }>> = {},
): ServerFrame {
  const place = { name: "Ann", room: "lobby", server: "test" };
  return { type: "welcome", ...place, session: "token", seq: 0, ...changes };
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
