/**
 * The frames: everything that a client and a server can say to each other.
 *
 * Every way of speaking (text lines, JSON lines, length-prefixed JSON) carries these same frames.
 * `docs/PROTOCOL.md` is their specification. Times are Unix milliseconds.
 *
 * @module
 */

import type { ErrorCode } from "./errors.ts";

/** What a client says. */
export type ClientFrame =
  /** Gives a name and enters a room. The first frame of a connection. */
  | { type: "hello"; name: string; room?: string }
  /** Says something to the room. `id` asks for an `ack`; `action` makes it a `/me`. */
  | { type: "message"; text: string; id?: string; action?: boolean }
  /** Says something to one person. */
  | { type: "whisper"; to: string; text: string; id?: string }
  /** Whispers to whoever whispered last. */
  | { type: "reply"; text: string; id?: string }
  /** Changes the name. */
  | { type: "nick"; name: string }
  /** Asks who is in the room. */
  | { type: "users" }
  /** Asks for the list of commands, as a person would type them. */
  | { type: "help" }
  /** Asks for a `pong` with the same `t`. */
  | { type: "ping"; t: number }
  /** Leaves. */
  | { type: "quit" };

/** One line of a list of users. */
export interface User {
  readonly name: string;
}

/** A message as the members of a room get it. */
export interface MessageFrame {
  readonly type: "message";
  /** Counts the messages of the room, from 1, without gaps. */
  readonly seq: number;
  readonly room: string;
  readonly from: string;
  readonly text: string;
  readonly time: number;
  /** Set when the text tells what the sender does (`/me`). */
  readonly action?: true;
}

/** What a server says. */
export type ServerFrame =
  /** Answers `hello`. `seq` is that of the room's last message, `session` this session's own token. */
  | { type: "welcome"; name: string; room: string; server: string; session: string; seq: number }
  | MessageFrame
  /** A private message, to the person it is for. Its sender gets an `ack`, or as a text client this
   * same frame. */
  | { type: "whisper"; from: string; to: string; text: string; time: number }
  /** The message (with its `seq`) or whisper (with the receiver's name) of that `id` was taken. */
  | { type: "ack"; id: string; seq?: number; to?: string }
  | { type: "joined"; room: string; name: string; time: number }
  | { type: "left"; room: string; name: string; time: number; reason?: string }
  /** Instead of `joined` and `left` in a large room: how many came and went since the last one. */
  | { type: "presence"; room: string; joined: number; left: number; members: number; time: number }
  | { type: "renamed"; room: string; from: string; to: string; time: number }
  /** Who is in the room. `total` counts them all, `users` may list fewer. */
  | { type: "users"; room: string; total: number; users: User[] }
  /** Something that the server tells this client. May have several lines. */
  | { type: "notice"; text: string }
  /** `count` messages of the room were not sent, since this client read too slowly. */
  | { type: "skipped"; room: string; count: number; from: number; to: number }
  /** Something was refused. `ref` is the `id` of the frame that it answers. */
  | { type: "error"; code: ErrorCode; text: string; ref?: string }
  | { type: "pong"; t: number }
  /** The last frame before the server closes the connection. */
  | { type: "bye"; reason: ByeReason; text: string };

/** Why the server closes a connection. */
export type ByeReason = "quit" | "shutdown";

/** The `type` of every frame that a client may send. */
export type ClientFrameType = ClientFrame["type"];

/** The frame of one type. */
export type ClientFrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>;
