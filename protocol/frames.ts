/**
 * The frames: everything that a client and a server can say to each other.
 *
 * Every way of speaking (text lines, JSON lines, length-prefixed JSON) carries these same frames.
 * `docs/PROTOCOL.md` is their specification. Times are Unix milliseconds.
 *
 * @module
 */

import type { ErrorCode } from "./errors.ts";
import type { ByteString } from "./byte_string.ts";

/**
 * What a client says. Any frame may have an `id`: an error that answers it carries it as `ref`.
 */
export type ClientFrame = ClientFrameBody & { id?: string };

/** A frame of a client, without the `id` that each may have. */
export type ClientFrameBody =
  /**
   * Gives a name and enters a room. The first frame of a connection. `password` is that of a
   * protected name, `serverPassword` that of the whole server; `resume` goes on with a session whose
   * connection broke. With `listen` the other users get no `joined` and `left` of it; then the name is
   * optional, and requests that need one are refused.
   */
  | {
    type: "hello";
    name?: string;
    listen?: boolean;
    room?: string;
    password?: string;
    serverPassword?: string;
    resume?: Resume;
  }
  /** Says something to the room. `id` asks for an `ack`; `action` makes it a `/me`. */
  | { type: "message"; text: string; action?: boolean }
  /** Says something to one person. */
  | { type: "whisper"; to: string; text: string }
  /** Whispers to whoever whispered last. */
  | { type: "reply"; text: string }
  /** Changes the name; a protected one takes its password. */
  | { type: "nick"; name: string; password?: string }
  /** Goes to another room. */
  | { type: "join"; room: string }
  /** Goes back to the lobby. */
  | { type: "leave" }
  /** Sets what the room is about, takes it away with `""`, or asks for it without `text`. */
  | { type: "topic"; text?: string }
  /** Tells those who whisper that one is away. */
  | { type: "away"; text?: string }
  /** Takes that back. */
  | { type: "back" }
  /** Hears nothing more of somebody. */
  | { type: "ignore"; name: string }
  /** Takes that back. */
  | { type: "unignore"; name: string }
  /** Asks which rooms there are. */
  | { type: "rooms" }
  /** Asks for messages of the room: the last ones, those before or those after a number. */
  | { type: "history"; limit?: number; before?: number; since?: number }
  /** Protects the name with a password. */
  | { type: "register"; password: string }
  /** Takes that back; operators: of the name that is given. */
  | { type: "unregister"; name?: string }
  /** Operators: throws somebody out. */
  | { type: "kick"; name: string; reason?: string; force?: boolean }
  /** Operators: keeps a name, an address or a range of addresses out, for a time such as `10m` or for
   * good. */
  | { type: "ban"; target: string; duration?: string; reason?: string; force?: boolean }
  /** Operators: asks for the bans. */
  | { type: "bans" }
  /** Operators: takes a ban back. */
  | { type: "unban"; target: string }
  /** Operators: lets somebody say nothing, for a time such as `10m` or until they are unmuted. */
  | { type: "mute"; name: string; duration?: string }
  /** Operators: takes that back. */
  | { type: "unmute"; name: string }
  /** Operators: deletes a room with its messages and its topic. */
  | { type: "delete_room"; room: string }
  /** Offers a file to a person, or to the room that one is in. `id` asks for an `ack`. */
  | { type: "offer"; to: string; name: string; size: number }
  /** Takes an offer back. */
  | { type: "withdraw"; file: number }
  /** Has an offered file sent. */
  | { type: "accept"; file: number }
  /** Does not want an offered file. */
  | { type: "refuse"; file: number }
  /** The next piece of a file, in base64. */
  | { type: "chunk"; transfer: number; data: string }
  /** So many bytes of the file, counted from its start, were taken in. */
  | { type: "received"; transfer: number; bytes: number }
  /** That was all of the file; its SHA-256 in hexadecimal. */
  | { type: "finish"; transfer: number; sha256: string }
  /** The file is there, whole and unchanged. */
  | { type: "complete"; transfer: number }
  /** Ends a transfer that is under way, and says why. */
  | { type: "cancel"; transfer: number; reason?: string }
  /** Asks who is in the room. */
  | { type: "users" }
  /** Asks for the list of commands, as a person would type them. */
  | { type: "help" }
  /** Asks for a `pong` with the same `t`. */
  | { type: "ping"; t: number }
  /** Answers the server's `ping`. */
  | { type: "pong"; t: number }
  /** Leaves; the `left` frame for the room has the reason. */
  | { type: "quit"; reason?: string };

/** Which session to go on with, and what of it has arrived. */
export interface Resume {
  /** The `session` of its `welcome`. */
  readonly session: string;
  /** Number of the last message, of others or acknowledged, that arrived. */
  readonly seq: number;
  /** The room that this number belongs to; by default the one that the session is in. */
  readonly room?: string;
  /** `number` of the last whisper that arrived; 0 for none, by default all are known. */
  readonly whisper?: number;
}

/** One line of a list of users. */
export interface User {
  /** As they wrote it themselves. */
  readonly name: string;
  /** What they said when they went away, perhaps nothing; absent while they are here. */
  readonly away?: string;
  /** Where they connect from; operators see it. */
  readonly address?: string;
  /** True for a user without `joined` and `left` frames (`hello{listen: true}`). */
  readonly listening?: true;
}

/** One line of a list of bans. */
export interface BanInfo {
  /** What is banned; a range counts as an address. */
  readonly kind: "name" | "address";
  /** The name, the address or the range. */
  readonly target: string;
  /** Name of the operator. */
  readonly by: string;
  /** Unix milliseconds; absent for ever. */
  readonly until?: number;
  /** Why, where the operator gave a reason. */
  readonly reason?: string;
}

/** One line of a list of rooms. */
export interface RoomInfo {
  /** The room's name. */
  readonly name: string;
  /** How many people are in it. */
  readonly members: number;
  /** What it is about, where somebody said so. */
  readonly topic?: string;
}

/** A message as the members of a room get it. */
export interface MessageFrame {
  /** Tells it from other frames. */
  readonly type: "message";
  /** Counts the messages of the room, from 1, without gaps. */
  readonly seq: number;
  /** Where it was said. */
  readonly room: string;
  /** Who said it. */
  readonly from: string;
  /** What was said, cleaned of control characters. */
  readonly text: string;
  /** When the server took it, in Unix milliseconds. */
  readonly time: number;
  /** Set when the text tells what the sender does (`/me`). */
  readonly action?: true;
}

/** A user left the chat, or with `to` this room for that one. */
export interface LeftFrame {
  /** The kind of frame. */
  readonly type: "left";
  /** The room that the user was in. */
  readonly room: string;
  /** The user. */
  readonly name: string;
  /** Unix milliseconds. */
  readonly time: number;
  /** `connection lost`, or the reason of the user or the operator. */
  readonly reason?: string;
  /** The room that the user is in now. */
  readonly to?: string;
  /** The operator who kicked or banned the user. */
  readonly by?: string;
  /** Set after a ban. */
  readonly banned?: true;
}

/** What a server says of itself to a program that has not sent anything that matters yet. */
export interface IntroductionFrame {
  /** Tells it from other frames. */
  readonly type: "server";
  /** Name and version, such as `hubbub 0.1.0`. */
  readonly server: string;
  /** Version of the protocol. */
  readonly protocol: number;
  /** What `hello` must hold beside a name; absent where that is nothing. */
  readonly needs?: "serverPassword"[];
  /** How often a client may send: so many frames at once, then so many per second. Absent where the
   * rate is not limited. */
  readonly limits?: { readonly perSecond: number; readonly burst: number };
}

/** What a server says. */
export type ServerFrame =
  | IntroductionFrame
  /**
   * Answers `hello`. `seq` is that of the room's last message, `session` this session's own token.
   * With `resumed`, everything that was missed follows.
   */
  | {
    type: "welcome";
    name: string;
    room: string;
    server: string;
    session: string;
    seq: number;
    topic?: string;
    resumed?: true;
  }
  | MessageFrame
  /** A private message, to the person it is for. Its sender gets an `ack`, or as a text client this
   * same frame. `number` counts the whispers to one session, for `resume`. */
  | { type: "whisper"; from: string; to: string; text: string; time: number; number?: number }
  /** The message (with its `seq`), whisper (with the receiver's name), offer or acceptance (with
   * the number of the file, and `room` where it is offered to the room) of that `id` was taken. */
  | { type: "ack"; id: string; seq?: number; to?: string; file?: number; room?: true }
  /** Somebody came; oneself, where `seq` is there, into the room that one asked for. */
  | { type: "joined"; room: string; name: string; time: number; seq?: number; topic?: string }
  | LeftFrame
  /** Instead of `joined` and `left` in a large room: how many came and went since the last one. */
  | { type: "presence"; room: string; joined: number; left: number; members: number; time: number }
  | { type: "renamed"; room: string; from: string; to: string; time: number }
  /** The users in the room. `total` counts them all, `users` may list fewer. With `unasked` it answers
   * no request: frames about members or the `topic` were not sent, since this client read too slowly. */
  | {
    type: "users";
    room: string;
    total: number;
    users: User[];
    unasked?: true;
    topic?: string;
    /** Number of clients that listen without a name; for operators only. */
    nameless?: number;
  }
  /** Which rooms there are. `total` counts them all. */
  | { type: "rooms"; total: number; rooms: RoomInfo[] }
  /** The bans that hold. `total` counts them all, `bans` may list fewer. */
  | { type: "bans"; total: number; bans: BanInfo[] }
  /** Messages of the room, the oldest first. `more` tells that there are older ones. */
  | { type: "history"; room: string; messages: MessageFrame[]; more: boolean }
  /** What the room is about, and who said so; `""` for nothing. */
  | { type: "topic"; room: string; text: string; by?: string; time?: number }
  /** Somebody in the room went away (with `text`, perhaps empty) or is back (without). */
  | { type: "away"; room: string; name: string; text?: string }
  | FileFrame
  /** Something that the server tells this client. May have several lines. */
  | { type: "notice"; text: string }
  /** `count` messages of the room were not sent, since this client read too slowly. */
  | { type: "skipped"; room: string; count: number; from: number; to: number }
  /** Something was refused. `ref` is the `id` of the frame that it answers, `seconds` the time to wait
   * before another attempt. */
  | { type: "error"; code: ErrorCode; text: string; ref?: string; seconds?: number }
  | { type: "pong"; t: number }
  /** Asks whether the client is still there. Any input is an answer; best is a `pong` with the same
   * `t`. */
  | { type: "ping"; t: number }
  /** The last frame before the server closes the connection. */
  | { type: "bye"; reason: ByeReason; text: string };

/** A file that somebody offers. */
export interface OfferedFrame {
  /** Tells it from other frames. */
  readonly type: "offered";
  /** Number of the file, as long as the offer stands. */
  readonly file: number;
  /** Who offers it. */
  readonly from: string;
  /** Name of the person or the room that it is offered to. */
  readonly to: string;
  /** Set where it is a room: then the offer stands for all in it until it is withdrawn. */
  readonly room?: true;
  /** The file's name, without folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was offered, in Unix milliseconds. */
  readonly time: number;
}

/** What a server says about files. */
export type FileFrame =
  | OfferedFrame
  /** An offer stands no more. */
  | { readonly type: "withdrawn"; readonly file: number; readonly reason: WithdrawReason }
  /** `by` has accepted: told to the sender, who sends now, and to the receiver. */
  | {
    readonly type: "accepted";
    readonly file: number;
    readonly transfer: number;
    readonly by: string;
  }
  /** `by` does not want the file; told to the sender. */
  | { readonly type: "refused"; readonly file: number; readonly by: string }
  | TransferFrame;

/** What belongs to a file that is under way. */
export type TransferFrame =
  | { readonly type: "chunk"; readonly transfer: number; readonly data: string }
  | { readonly type: "received"; readonly transfer: number; readonly bytes: number }
  | { readonly type: "finish"; readonly transfer: number; readonly sha256: string }
  | { readonly type: "complete"; readonly transfer: number }
  /** The transfer has ended before its time. */
  | {
    readonly type: "cancelled";
    readonly transfer: number;
    readonly reason: CancelReason;
    readonly text: string;
  };

/** Why an offer stands no more: the sender took it back, is gone, nobody answered, or the server
 * needed its place for others. */
export type WithdrawReason = "withdrawn" | "gone" | "expired" | "busy";

/** Why a transfer has ended before its time: the other side has cancelled it or is gone, nothing
 * came for a minute, its rules were broken, or the server needed its place for others. */
export type CancelReason = "cancelled" | "gone" | "stalled" | "broken" | "busy";

/** Why the server closes a connection. */
export type ByeReason = "quit" | "shutdown" | "restart" | "kicked" | "replaced";

/** The `type` of every frame that a client may send. */
export type ClientFrameType = ClientFrame["type"];

/** The frame of one type. */
export type ClientFrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>;

/** Version of the protocol of `docs/PROTOCOL.md`, in the `server` frame. */
export const PROTOCOL_VERSION = 0;

/**
 * Sent first, it asks for the `server` frame. It is the record separator of JSON text sequences
 * (RFC 7464), and a byte that no server of lines shows: it stays in front of the line that follows,
 * where `str.strip()` of Python and `trim()` of Java remove it.
 */
export const RECORD_SEPARATOR: ByteString = "\x1e";

/** The subprotocol of a WebSocket by which a page asks for the `server` frame. */
export const WEBSOCKET_PROTOCOL = "hubbub";

/** Milliseconds of silence after which a server prompts, and no sooner: an earlier prompt is that of
 * another chat. */
export const PROMPT_MILLISECONDS = 150;

/** A JSON text without the record separators that may stand before it. */
export function withoutSeparator(json: ByteString): ByteString {
  let start = 0;
  while (json.charAt(start) === RECORD_SEPARATOR) start++;
  return start === 0 ? json : json.slice(start);
}
