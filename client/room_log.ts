import { roomsText, type ServerFrame, type Stamps } from "../protocol/mod.ts";
import type { ChatClient } from "./chat_client.ts";
import { isOwnJoin, isOwnLeave } from "./core/resume_point.ts";
import type { CurrentRoom } from "./current_room.ts";

/** Milliseconds between the copies of a frame for different rooms, at most. */
const COPY_MILLISECONDS = 1000;

/** Maximum number of frames that are compared with later ones. */
const MAX_COMPARED = 1000;

/** A frame, and the mark before its lines, such as `#help `; `""` for the current room. */
export interface LoggedFrame {
  readonly frame: ServerFrame;
  readonly mark: string;
}

/**
 * One log for all rooms of a user, as in a terminal and in a pipe.
 *
 * 1. Lines of another room than the current one have a mark.
 * 2. A user who leaves the chat or changes the name is reported once, however many rooms both are in.
 * 3. The list of rooms shows in which ones the user is.
 */
export class RoomLog {
  /** The times of the last frames that concern all rooms of a user, by their content. */
  readonly #times = new Map<string, number>();

  constructor(
    private readonly client: Pick<ChatClient, "name">,
    private readonly room: Pick<CurrentRoom, "name" | "find" | "isCurrent">,
  ) {}

  /** @returns what to show of a frame; `undefined` for nothing. */
  logged(frame: ServerFrame): LoggedFrame | undefined {
    switch (frame.type) {
      case "rooms":
        return { frame: notice(roomsText(frame, (room) => this.#markInList(room))), mark: "" };
      case "renamed":
        return this.#once(frame, `renamed ${frame.from} ${frame.to}`);
      case "left":
        if (isOwnLeave(frame, this.client.name)) {
          const { name: current } = this.room;
          const here = current === "" ? "" : ` You are in ${current}.`;
          return { frame: notice(`You have left ${frame.room}.${here}`), mark: "" };
        }
        if (frame.online === true || frame.to !== undefined) break;
        return this.#once(frame, `left ${frame.name}`);
      case "joined":
        this.#times.delete(`left ${frame.name}`);
        if (!isOwnJoin(frame, this.client.name)) break;
        // The user may have turned to another room meanwhile.
        if (this.room.isCurrent(frame.room)) return { frame, mark: "" };
        return { frame: notice(`You have entered ${frame.room}.`), mark: "" };
    }
    const room = "room" in frame ? frame.room : undefined;
    return { frame, mark: typeof room === "string" ? this.markOf(room) : "" };
  }

  markOf(room: string): string {
    return this.room.isCurrent(room) ? "" : `#${room} `;
  }

  #once(frame: ServerFrame & { time: number }, content: string): LoggedFrame | undefined {
    const before = this.#times.get(content);
    if (before !== undefined && Math.abs(frame.time - before) <= COPY_MILLISECONDS) {
      return undefined;
    }
    this.#times.delete(content);
    this.#times.set(content, frame.time);
    const [oldest] = this.#times.keys();
    if (this.#times.size > MAX_COMPARED) this.#times.delete(oldest!);
    return { frame, mark: "" };
  }

  #markInList(room: string): string {
    if (this.room.isCurrent(room)) return "you are here";
    return this.room.find(room) === undefined ? "" : "joined";
  }
}

function notice(text: string): ServerFrame {
  return { type: "notice", text };
}

/** Stamps with a mark behind them. */
export function marked(stamps: Stamps, mark: string): Stamps {
  return mark === "" ? stamps : { at: (time) => stamps.at(time) + mark };
}
