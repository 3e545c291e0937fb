/**
 * The codec for users of `nc`: text lines. Their format is exact (`docs/PROTOCOL.md`, "Text lines"),
 * since scripts match them.
 *
 * @module
 */

import { type ByteString, fromByteString, toByteString } from "./byte_string.ts";
import { type ParsedInput, parseInput } from "./commands.ts";
import { DayBreaks, localTimeText, type Stamps } from "./timestamps.ts";
import type {
  BanInfo,
  LeftFrame,
  MessageFrame,
  RoomInfo,
  SearchFrame,
  ServerFrame,
  User,
} from "./frames.ts";
import { CONNECTION_LOST } from "./limits.ts";
import { requestError } from "./request_errors.ts";
import { cleanText, counted, sizeText } from "./text.ts";

/** The prompt for a name; the answer is on the same line. */
export const NAME_PROMPT = "Enter your username: ";
/** The prompt for the password of a protected name. */
export const PASSWORD_PROMPT = "Password: ";
/** The prompt for the password of the server. */
export const SERVER_PASSWORD_PROMPT = "Server password: ";

/** A line of printable ASCII needs neither decoding nor cleaning. */
const NEEDS_CLEANING = /[^\t -~]/;

/** Parses a typed line. */
export function parseTextLine(line: ByteString): ParsedInput {
  const text = cleanBytes(line);
  return text === undefined ? { error: requestError("invalid_utf8") } : parseInput(text);
}

/** The text of a line that answers a prompt; `undefined` for invalid UTF-8. */
export function cleanBytes(line: ByteString): string | undefined {
  if (!NEEDS_CLEANING.test(line)) return line;
  const text = fromByteString(line);
  return text === undefined ? undefined : cleanText(text);
}

/** Past messages of a room. */
export type PastFrame = ServerFrame & { type: "history" | "search" };

/** The title above past messages of a room. */
export function historyTitle(frame: PastFrame): string {
  const { type, room, messages: { length } } = frame;
  if (type === "search") return searchTitle(frame);
  if (length === 0) return `There are no messages in ${room} yet.`;
  return `The last ${length === 1 ? "message" : counted(length, "message")} in the room ${room}:`;
}

function searchTitle({ room, words, messages, more }: SearchFrame): string {
  const found = messages.length === 0 ? "No messages" : counted(messages.length, "message");
  const older = more ? " (older messages were not searched)" : "";
  return `${found} in the room ${room} with ${words}${older}${messages.length === 0 ? "." : ":"}`;
}

/**
 * Formats a frame for a text client: complete lines, or `""` for a frame that is not shown.
 *
 * @param now Unix milliseconds, for frames without a time.
 * @param self name of the user; it distinguishes sent from received whispers.
 */
export function textLines(
  frame: ServerFrame,
  stamps: Stamps,
  now: number,
  self: string,
): string {
  switch (frame.type) {
    case "message":
      return lines(stamps.at(frame.time) + sender(frame), frame.text);
    case "whisper": {
      const who = frame.from === self ? `to ${frame.to}` : `from ${frame.from}`;
      const kind = frame.notice === true ? "NOTICE" : "WHISPER";
      return lines(`${stamps.at(frame.time)}[${kind} ${who}]: `, frame.text);
    }
    case "error":
      return lines(`${stamps.at(now)}[ERROR]: `, frame.text);
    case "history":
    case "search":
      return pastLines(frame, stamps, now, self);
  }
  const event = eventText(frame, self);
  if (event !== undefined) {
    return `${stamps.at("time" in frame ? frame.time ?? now : now)}*** ${event} ***\n`;
  }
  const text = systemText(frame);
  return text === undefined ? "" : systemLines(text, stamps, now);
}

function systemLines(text: string, stamps: Stamps, now: number): string {
  return lines(`${stamps.at(now)}[SYSTEM]: `, text);
}

function pastLines(
  frame: PastFrame,
  stamps: Stamps,
  now: number,
  self: string,
): string {
  const days = new DayBreaks(now);
  const past = frame.messages.map((message) =>
    days.before(message.time, { mayGoBack: true }) + textLines(message, stamps, now, self)
  );
  // Later messages are of today.
  return systemLines(historyTitle(frame), stamps, now) + past.join("") + days.before(now);
}

/** The text of an event in the room; `undefined` for other frames. */
function eventText(frame: ServerFrame, self: string): string | undefined {
  switch (frame.type) {
    case "joined":
      return frame.seq === undefined ? `${frame.name} has joined the chat!` : undefined;
    case "left":
      return frame.name === self ? undefined : leftText(frame);
    case "presence":
      return `${frame.joined} joined and ${frame.left} left the chat: ${frame.members} online.`;
    case "renamed":
      return frame.from === frame.to ? undefined : `${frame.from} is now known as ${frame.to}.`;
    case "users":
      if (frame.unasked !== true) return undefined;
      return "Some joins, leaves and new names were skipped. /users lists who is here.";
    case "skipped":
      return `${counted(frame.count, "message")} skipped. /history shows ${
        frame.count === 1 ? "it" : "them"
      }.`;
    case "offered":
      return `${frame.from} offers the file ${frame.name} (${sizeText(frame.size)}). ` +
        "hubbub chat on a terminal and browsers can receive it.";
  }
}

/** The text of an answer or a notice of the server; `undefined` for frames that are not shown. */
function systemText(frame: ServerFrame): string | undefined {
  switch (frame.type) {
    case "welcome":
      return withTopic(
        `Welcome, ${frame.name}! Type /help for available commands.`,
        frame.rooms[0]?.topic,
      );
    case "joined":
      return withTopic(`You are now in ${frame.room}.`, frame.topic);
    case "users":
      return usersText(frame);
    case "rooms":
      return roomsText(frame);
    case "bans":
      return bansText(frame);
    case "topic": {
      const by = frame.by === undefined ? "" : ` by ${frame.by}`;
      if (frame.text === "") return `${frame.room} has no topic.`;
      return `The topic of ${frame.room}${by}: ${frame.text}`;
    }
    case "notice":
    case "bye":
      return frame.text;
  }
}

function withTopic(text: string, topic: string | undefined): string {
  return topic === undefined ? text : `${text}\nTopic: ${topic}`;
}

function usersText({ total, users, nameless = 0 }: ServerFrame & { type: "users" }): string {
  const others = total - users.length;
  return `Online users (${total}): ${users.map(userText).join(", ")}` +
    (others > 0 ? ` and ${others} more` : "") +
    (nameless > 0 ? `; ${nameless} listening without a name` : "");
}

/**
 * {@link textLines} of a message in UTF-8, for the hot path. Its parts are short and flat, so that the
 * search for non-ASCII characters copies nothing.
 */
export function messageBytes(frame: MessageFrame, stamps: Stamps): ByteString {
  return lines(stamps.at(frame.time) + toByteString(sender(frame)), toByteString(frame.text));
}

function sender({ from, action, notice }: MessageFrame): string {
  if (action === true) return `* ${from} `;
  return notice === true ? `${from} (notice): ` : `${from}: `;
}

function leftText({ name, to, online, by, banned, reason }: LeftFrame): string {
  const why = reason === undefined || reason === CONNECTION_LOST ? "" : ` (${reason})`;
  if (by !== undefined) {
    return `${name} was ${banned === true ? "banned" : "kicked"} by ${by}${why}.`;
  }
  if (online === true) return `${name} has left the room.`;
  return `${name} has left the chat${to === undefined ? "" : ` for the room ${to}`}${why}.`;
}

function userText({ name, away, address, listening }: User): string {
  const marks = [
    ...(listening === true ? ["listening"] : []),
    ...(away === undefined ? [] : [away === "" ? "away" : `away: ${away}`]),
    ...(address === undefined ? [] : [address]),
  ];
  return marks.length === 0 ? name : `${name} (${marks.join("; ")})`;
}

/**
 * A list of rooms, one per line.
 *
 * @param markOf a remark on a room; `""` for none.
 */
export function roomsText(
  { total, rooms }: ServerFrame & { type: "rooms" },
  markOf: (room: string) => string = () => "",
): string {
  const others = total - rooms.length;
  const lines = rooms.map((room) => roomText(room, markOf(room.name)));
  return [`Rooms (${total}):`, ...lines].join("\n  ") +
    (others > 0 ? `\n  and ${others} more` : "");
}

function roomText({ name, members, topic }: RoomInfo, mark: string): string {
  const details = mark === "" ? members : `${members}; ${mark}`;
  return `${name} (${details})${topic === undefined ? "" : `: ${topic}`}`;
}

/** Puts the prefix before each line of a text, so that none can pass for a line of another user. */
function lines(prefix: string, text: string): string {
  if (!text.includes("\n")) return prefix + text + "\n";
  return text.split("\n").map((line) => prefix + line + "\n").join("");
}

/** A list of bans, one per line. */
export function bansText({ total, bans }: ServerFrame & { type: "bans" }): string {
  const others = total - bans.length;
  return [`Bans (${total}):`, ...bans.map(banText)].join("\n  ") +
    (others > 0 ? `\n  and ${others} more` : "");
}

/** A ban in one line: its target, the operator, the end and the reason. */
export function banText({ target, by, until, reason }: BanInfo): string {
  const end = until === undefined ? "" : ` until ${localTimeText(until)}`;
  return `${target} by ${by}${end}${reason === undefined ? "" : `: ${reason}`}`;
}
