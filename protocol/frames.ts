/**
 * The frames that clients and servers exchange, in every encoding (text lines, JSON lines,
 * length-prefixed JSON, JSON over WebSocket, lines of IRC). `docs/PROTOCOL.md` is their specification. Times are
 * Unix milliseconds.
 *
 * @module
 */

import type { ErrorCode } from "./errors.ts";
import type { ByteString } from "./byte_string.ts";
import type { FileFrame, StoredFile } from "./file_frames.ts";

/** The encodings of frames: text lines, JSON lines, JSON after its length, JSON over WebSocket, IRC. */
export const CLIENT_PROTOCOLS = ["text", "json", "length", "websocket", "irc"] as const;

/** How a client of the chat encodes frames. */
export type ClientProtocol = typeof CLIENT_PROTOCOLS[number];

/** A frame of a client. Any may have an `id`, which an error that answers it carries as `ref`. */
export type ClientFrame = ClientFrameBody & { id?: string };

/** A frame of a client, without the `id` that each may have. */
export type ClientFrameBody =
  /**
   * Joins the chat with a name, and enters rooms: by default the lobby. The first frame of a connection.
   * `password` is that of a protected name, `serverPassword` that of the server; `resume` continues a session
   * whose connection broke. With `listen` other users receive no `joined` and `left`; then the name is
   * optional, and requests that need one are refused.
   */
  | {
    type: "hello";
    name?: string;
    listen?: boolean;
    rooms?: string[];
    password?: string;
    serverPassword?: string;
    resume?: Resume;
  }
  /** Sends a message to a room. In this frame and those below, `room` may be left out by a user who is in
   * exactly one. `id` requests an `ack`; `action` makes it a `/me`, otherwise `notice` makes it one that
   * programs do not answer. */
  | { type: "message"; room?: string; text: string; action?: boolean; notice?: boolean }
  /** Sends a message to one user. */
  | { type: "whisper"; to: string; text: string; notice?: boolean }
  /** Whispers to the user who whispered last. */
  | { type: "reply"; text: string }
  /** Changes the name; a protected one needs its password. */
  | { type: "nick"; name: string; password?: string }
  /** Enters another room. A text client leaves its room for that. */
  | { type: "join"; room: string }
  /** Leaves a room. A text client returns to the lobby. */
  | { type: "leave"; room?: string }
  /** Sets the topic, removes it with `""`, or requests it without `text`. */
  | { type: "topic"; room?: string; text?: string }
  /** Marks the user as away. */
  | { type: "away"; text?: string }
  /** Ends `away`. */
  | { type: "back" }
  /** Hides the messages of a user. */
  | { type: "ignore"; name: string }
  /** Ends `ignore`. */
  | { type: "unignore"; name: string }
  /** Requests the list of rooms. */
  | { type: "rooms" }
  /** Requests messages of a room: the last ones, or those before or after a number. */
  | { type: "history"; room?: string; limit?: number; before?: number; since?: number }
  /** Searches the messages of a room, for the last ones with certain words: see `message_search.ts`. */
  | { type: "search"; room?: string; words: string; limit?: number; before?: number }
  /** Protects the name with a password. */
  | { type: "register"; password: string }
  /** Ends the protection; operators: of the given name. */
  | { type: "unregister"; name?: string }
  /** Operators: disconnects a user. */
  | { type: "kick"; name: string; reason?: string; force?: boolean }
  /** Operators: bans a name, an address or an address range, for a time such as `10m` or without limit. */
  | { type: "ban"; target: string; duration?: string; reason?: string; force?: boolean }
  /** Operators: requests the list of bans. */
  | { type: "bans" }
  /** Operators: ends a ban. */
  | { type: "unban"; target: string }
  /** Operators: mutes a user, for a time such as `10m` or without limit. */
  | { type: "mute"; name: string; duration?: string }
  /** Operators: ends a mute. */
  | { type: "unmute"; name: string }
  /** Operators: deletes a room with its messages and its topic. */
  | { type: "delete_room"; room: string }
  /** Offers a file to a user, or to a room of the sender. `id` requests an `ack`. */
  | { type: "offer"; to: string; name: string; size: number }
  /** Withdraws an offer. */
  | { type: "withdraw"; file: number }
  /** Accepts an offered file. */
  | { type: "accept"; file: number }
  /** Refuses an offered file. */
  | { type: "refuse"; file: number }
  /** The next chunk of a file, in base64. */
  | { type: "chunk"; transfer: number; data: string }
  /** Confirms the number of received bytes, counted from the start of the file. */
  | { type: "received"; transfer: number; bytes: number }
  /** Ends the file, with its SHA-256 in hexadecimal. */
  | { type: "finish"; transfer: number; sha256: string }
  /** Confirms that the file is complete and unchanged. */
  | { type: "complete"; transfer: number }
  /** Cancels a transfer, with a reason. */
  | { type: "cancel"; transfer: number; reason?: string }
  /** Requests the list of users in a room. */
  | { type: "users"; room?: string }
  /** Requests the list of typed commands. */
  | { type: "help" }
  /** Requests a `pong` with the same `t`. */
  | { type: "ping"; t: number }
  /** Answers the server's `ping`. */
  | { type: "pong"; t: number }
  /** Leaves the chat; the `left` frame for the room has the reason. */
  | { type: "quit"; reason?: string };

/** The session to resume, and the last received numbers. */
export interface Resume {
  /** The `session` of its `welcome`. */
  readonly session: string;
  /** Number of the last message that was received or acknowledged, by room. Default: the last one when
   * the session entered the room. */
  readonly rooms: Readonly<Record<string, number>>;
  /** `number` of the last received whisper; 0 for none. Default: all were received. */
  readonly whisper?: number;
}

/** A user in a list. */
export interface User {
  /** In the spelling of the user. */
  readonly name: string;
  /** The away text, perhaps empty; absent for a user who is not away. */
  readonly away?: string;
  /** The address of the connection; for operators only. */
  readonly address?: string;
  /** Set for an operator. */
  readonly operator?: true;
  /** True for a user without `joined` and `left` frames (`hello{listen: true}`). */
  readonly listening?: true;
}

/** A ban in a list. */
export interface BanInfo {
  /** A range counts as an address. */
  readonly kind: "name" | "address";
  /** The name, the address or the range. */
  readonly target: string;
  /** Name of the operator. */
  readonly by: string;
  /** Unix milliseconds; absent for no limit. */
  readonly until?: number;
  /** The reason, if the operator gave one. */
  readonly reason?: string;
}

/** A room in a list. */
export interface RoomInfo {
  /** The name of the room. */
  readonly name: string;
  /** Number of members. */
  readonly members: number;
  /** The topic, if set. */
  readonly topic?: string;
}

/** A message as the members of a room receive it. */
export interface MessageFrame {
  /** The kind of frame. */
  readonly type: "message";
  /** Number of the message in the room, from 1, without gaps. */
  readonly seq: number;
  /** The room. */
  readonly room: string;
  /** The sender. */
  readonly from: string;
  /** The text without control characters. */
  readonly text: string;
  /** When the server accepted it, in Unix milliseconds. */
  readonly time: number;
  /** Set for an action (`/me`). */
  readonly action?: true;
  /** Set for a notice, which programs do not answer; never with `action`. */
  readonly notice?: true;
  /** Set for a file; the text has its name, its size and its address for clients without files. */
  readonly file?: StoredFile;
}

/** What distinguishes a message from an ordinary one. */
export type MessageKind = Pick<MessageFrame, "action" | "notice">;

/** A user left the chat, or only this room: with `to` for that one, with `online` without the others. */
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
  /** Set for a user who stays in the chat. */
  readonly online?: true;
  /** The operator who kicked or banned the user. */
  readonly by?: string;
  /** Set after a ban. */
  readonly banned?: true;
}

/** The found messages of a room, the oldest first. */
export interface SearchFrame {
  /** The kind of frame. */
  readonly type: "search";
  /** The room. */
  readonly room: string;
  /** The `words` of the request. */
  readonly words: string;
  /** The messages, the oldest first. */
  messages: MessageFrame[];
  /** Whether older messages were not searched: with `before` the search continues there. */
  readonly more: boolean;
  /** Present with `more`. */
  readonly before?: number;
}

/** A room that a session is in. */
export interface EnteredRoom {
  /** The name of the room. */
  readonly room: string;
  /** Number of its last message. */
  readonly seq: number;
  /** The topic, if set. */
  readonly topic?: string;
}

/** The introduction of a server, to a program that has sent no secrets yet. */
export interface IntroductionFrame {
  /** The kind of frame. */
  readonly type: "server";
  /** Name and version, such as `hubbub 0.1.0`. */
  readonly server: string;
  /** Version of the protocol. */
  readonly protocol: number;
  /** Required fields of `hello` besides the name; absent for none. */
  readonly needs?: "serverPassword"[];
  /** The rate limit: a burst of frames, then frames per second. Absent without a limit. */
  readonly limits?: { readonly perSecond: number; readonly burst: number };
}

/** A frame of a server. */
export type ServerFrame =
  | IntroductionFrame
  /**
   * Answers `hello`: the rooms of the session, and its token. With `resumed`, the missed messages follow.
   */
  | {
    type: "welcome";
    name: string;
    rooms: EnteredRoom[];
    server: string;
    session: string;
    resumed?: true;
    /** Maximum size in bytes of a file that the server stores; absent if it stores none. */
    maxStoredFile?: number;
  }
  | MessageFrame
  /** A private message, to its recipient. The sender receives an `ack`, or as a text client this frame.
   * `number` counts the whispers to a session, for `resume`. */
  | {
    type: "whisper";
    from: string;
    to: string;
    text: string;
    time: number;
    number?: number;
    notice?: true;
  }
  /** Acknowledges the message (with its room and its `seq`), whisper (with the recipient's name), offer or
   * acceptance (with the number of the file, and the room of an offer to a room) with this `id`. */
  | { type: "ack"; id: string; room?: string; seq?: number; to?: string; file?: number }
  /** A user joined, with `operator` as one; with `seq` this client itself, in the requested room. */
  | {
    type: "joined";
    room: string;
    name: string;
    time: number;
    operator?: true;
    seq?: number;
    topic?: string;
  }
  | LeftFrame
  /** Replaces `joined` and `left` in a large room: their numbers since the last such frame. */
  | { type: "presence"; room: string; joined: number; left: number; members: number; time: number }
  /** A user has another name, with `operator` that of one; for each shared room. The user gets it once,
   * without `room` outside of rooms. */
  | { type: "renamed"; room?: string; from: string; to: string; time: number; operator?: true }
  /** The users in a room. `total` counts all, `users` may list fewer. With `unasked` it answers no
   * request: frames about members or the `topic` were skipped, since this client read too slowly. */
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
  /** The rooms. `total` counts all, `rooms` may list fewer. */
  | { type: "rooms"; total: number; rooms: RoomInfo[] }
  /** The active bans. `total` counts all, `bans` may list fewer. */
  | { type: "bans"; total: number; bans: BanInfo[] }
  /** Messages of a room, the oldest first. With `more` there are further ones. */
  | { type: "history"; room: string; messages: MessageFrame[]; more: boolean }
  | SearchFrame
  /** The topic of the room, and who set it; `""` for none. */
  | { type: "topic"; room: string; text: string; by?: string; time?: number }
  /** A user in the room is away (with `text`, perhaps empty) or back (without). */
  | { type: "away"; room: string; name: string; text?: string }
  /** A user in the room has logged in to the account of its name, or is logged out; or the user has become
   * an operator, or is none any more. One of both. */
  | {
    type: "account";
    room: string;
    name: string;
    time: number;
    loggedIn?: boolean;
    operator?: boolean;
  }
  | FileFrame
  /** A notice of the server to this client. May have several lines. */
  | { type: "notice"; text: string }
  /** `count` messages of a room were skipped, since this client read too slowly. */
  | { type: "skipped"; room: string; count: number; from: number; to: number }
  /** A refusal. `ref` is the `id` of the refused frame, `seconds` the time until the next attempt. */
  | { type: "error"; code: ErrorCode; text: string; ref?: string; seconds?: number }
  | { type: "pong"; t: number }
  /** A heartbeat. Any input is an answer, preferably a `pong` with the same `t`. */
  | { type: "ping"; t: number }
  /** The last frame before the server closes the connection. */
  | { type: "bye"; reason: ByeReason; text: string };

/** Why the server closes a connection. */
export type ByeReason = "quit" | "shutdown" | "restart" | "kicked" | "replaced";

/** The `type` of a frame of a client. */
export type ClientFrameType = ClientFrame["type"];

/** The frame of one type. */
export type ClientFrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>;

/** Version of the protocol of `docs/PROTOCOL.md`, in the `server` frame. */
export const PROTOCOL_VERSION = 0;

/**
 * Sent first, it requests the `server` frame, so that a program recognises hubbub before it sends secrets.
 * It is the record separator of JSON text sequences (RFC 7464), and invisible on line-based servers: it
 * stays before the next line, where `str.strip()` of Python and `trim()` of Java remove it.
 */
export const RECORD_SEPARATOR: ByteString = "\x1e";

/** The subprotocol of a WebSocket that requests the `server` frame. */
export const WEBSOCKET_PROTOCOL = "hubbub";

/** Milliseconds of silence until a server prompts. An earlier prompt shows another chat server. */
export const PROMPT_MILLISECONDS = 150;

/** Removes record separators before a JSON text. */
export function withoutSeparator(json: ByteString): ByteString {
  let start = 0;
  while (json.charAt(start) === RECORD_SEPARATOR) start++;
  return start === 0 ? json : json.slice(start);
}
