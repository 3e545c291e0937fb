import {
  DEFAULT_ROOM,
  isSameName,
  nameKey,
  type ServerFrame,
  shorten,
} from "../../protocol/mod.ts";
import { mentionsOf } from "../core/mentions.ts";
import { isOwnLeave } from "../core/resume_point.ts";
import { GREY, PLAIN, type Style } from "./chat_lines.ts";

/** Characters of the names of rooms in a bar that is too narrow for whole names, and in the prompt. */
const SHORT_NAME = 12;

/** The unread messages of a room. */
interface Unread {
  readonly messages: number;
  /** How many of them mention the user. */
  readonly mentions: number;
}

/** Maximum number of rooms in the row; a terminal has no place for more. */
const MAX_SHOWN = 50;

const NOTHING: Unread = { messages: 0, mentions: 0 };

/** The rooms of a user with their numbers and unread messages, in one row above the prompt. */
export class RoomBar {
  readonly #unread = new Map<string, Unread>();

  constructor(private readonly style: Style) {}

  /** Counts a message of a room that the user has not turned to. @returns whether the bar has changed. */
  receive(frame: ServerFrame, current: string, self: string): boolean {
    switch (frame.type) {
      case "message":
        if (frame.from === self || isSameName(frame.room, current)) return false;
        return this.#add(frame.room, 1, mentionsOf(frame.text, self).length > 0 ? 1 : 0);
      case "skipped":
        return !isSameName(frame.room, current) && this.#add(frame.room, frame.count, 0);
      case "left":
        if (isOwnLeave(frame, self)) this.read(frame.room);
        return isOwnLeave(frame, self);
      case "joined":
        return frame.seq !== undefined;
      default:
        return false;
    }
  }

  /** The user has turned to a room, or left it. */
  read(room: string): void {
    this.#unread.delete(nameKey(room));
  }

  /** The same row in several lengths, the longest first. Empty for one room: the prompt names it. */
  rows(rooms: readonly string[], current: string): string[] {
    if (rooms.length < 2) return [];
    const indexes = rooms.map((_, index) => index);
    const ofInterest = indexes.filter((index) =>
      rooms[index] === current || this.#unread.has(nameKey(rooms[index]!))
    ).slice(0, MAX_SHOWN);
    const row = (shown: readonly number[], characters: number, style: Style) =>
      shown.map((index) => this.#item(index, rooms[index]!, current, characters, style)).join("  ");
    const others = rooms.length - ofInterest.length;
    const rest = others === 0 ? "" : this.style.color(`  and ${others} more`, GREY);
    const all = rooms.length > MAX_SHOWN
      ? []
      : [row(indexes, Infinity, this.style), row(indexes, SHORT_NAME, this.style)];
    return [
      ...all,
      row(ofInterest, Infinity, this.style) + rest,
      row(ofInterest, SHORT_NAME, this.style) + rest,
      // It is cut at the end of the row: the current room comes first, and there are no escape sequences.
      row(
        [
          ...ofInterest.filter((index) => rooms[index] === current),
          ...ofInterest.filter((index) => rooms[index] !== current),
        ],
        SHORT_NAME,
        PLAIN,
      ),
    ];
  }

  #add(room: string, messages: number, mentions: number): boolean {
    const before = this.#unread.get(nameKey(room)) ?? NOTHING;
    this.#unread.set(nameKey(room), {
      messages: before.messages + messages,
      mentions: before.mentions + mentions,
    });
    return true;
  }

  #item(index: number, room: string, current: string, characters: number, style: Style): string {
    const name = `${index + 1} ${shorten(room, characters)}`;
    if (room === current) return style.bold(`[${name}]`);
    const { messages, mentions } = this.#unread.get(nameKey(room)) ?? NOTHING;
    if (messages === 0) return style.color(name, GREY);
    const mark = mentions === 0 ? "" : `, ${style.bold(style.reverse(`@${mentions}`))}`;
    return `${name} (${messages}${mark})`;
  }
}

/** The prompt for messages to a room. It names the room, unless the user is in the lobby alone. */
export function roomPrompt(rooms: readonly string[], current: string): string {
  const isPlain = rooms.length < 2 && nameKey(current) === DEFAULT_ROOM;
  return isPlain ? "> " : `${shorten(current, SHORT_NAME)}> `;
}
