import {
  counted,
  DEFAULT_ROOM,
  isSameName,
  MAX_FIELD_LENGTHS,
  nameKey,
  requestError,
  shorten,
} from "../protocol/mod.ts";
import type { ChatClient } from "./chat_client.ts";
import { ChatError } from "./core/chat_error.ts";
import type { ChatEvent } from "./core/connection_event.ts";
import { isOwnJoin, isOwnLeave } from "./core/resume_point.ts";

/** A refusal by this client: unlike those of the server it is not among the events. */
export class LocalRefusal extends ChatError {}

function notIn(room: string): LocalRefusal {
  return new LocalRefusal(requestError("not_in_room", shorten(room, MAX_FIELD_LENGTHS.name)));
}

function noNumber(number: number, rooms: number): LocalRefusal {
  return new LocalRefusal({
    code: "not_in_room",
    text: `You have no room with the number ${number}, only ${counted(rooms, "room")}.`,
  });
}

/** The used part of a client. */
type RoomClient = Pick<ChatClient, "name" | "joinedRooms" | "join" | "leave">;

/** A request to enter or to leave a room. */
interface Change {
  readonly room: string;
  readonly type: "enter" | "leave";
}

/**
 * The room that a user has turned to, among all rooms of the user: typed lines and commands go there.
 *
 * 1. A requested change counts at once: the server handles later requests after it.
 * 2. After the current room, the one before it follows.
 */
export class CurrentRoom {
  /** The rooms that the user has turned to, the last one at the end. Some are left. */
  readonly #recent = new Map<string, string>();
  /** The last request about each room that the server has not answered. */
  readonly #requested = new Map<string, Change>();
  #name: string;

  /** @param changed called after each change. */
  constructor(private readonly client: RoomClient, private readonly changed = () => {}) {
    this.#name = client.joinedRooms[0] ?? "";
  }

  /** The current room; empty for a user in no room. */
  get name(): string {
    return this.#name;
  }

  isCurrent(room: string): boolean {
    return isSameName(room, this.#name);
  }

  /** The name of one of the user's rooms in the spelling of the server. */
  find(room: string): string | undefined {
    return this.#rooms.find((each) => isSameName(each, room));
  }

  /**
   * Turns to a room of the user.
   *
   * @param typed its number from 1 or its name; a `#` before it makes a number a name.
   * @throws {LocalRefusal} if the user is not in it.
   */
  turn(typed: string): void {
    const number = /^[1-9]\d?$/.test(typed) ? Number(typed) : 0;
    const room = typed.replace(/^#(?=.)/, "");
    const { joinedRooms } = this.client;
    const found = joinedRooms[number - 1] ?? this.find(room);
    if (found === undefined) throw number > 0 ? noNumber(number, joinedRooms.length) : notIn(room);
    this.#set(found);
  }

  /** Enters a room if necessary, and turns to it. @throws {ChatError} if the server refuses it. */
  async enter(room: string): Promise<void> {
    const known = this.find(room);
    if (known !== undefined) {
      if (this.isCurrent(known)) throw new LocalRefusal(requestError("in_room", known));
      return this.#set(known);
    }
    await this.#request({ room, type: "enter" }, async () => {
      this.#set(room);
      try {
        const joined = await this.client.join(room);
        if (this.#name === room) this.#set(joined.room);
      } catch (error) {
        if (this.#name === room) this.#turnBack();
        throw error;
      }
    });
  }

  /** Leaves a room, by default the current one; the last one for the lobby. @throws {ChatError} */
  async leave(room = this.#name): Promise<void> {
    const left = this.find(room);
    if (left === undefined) throw notIn(room);
    const isLast = this.#rooms.length === 1;
    if (isLast && nameKey(left) === DEFAULT_ROOM) {
      throw new LocalRefusal(requestError("in_lobby"));
    }
    if (isLast) await this.enter(DEFAULT_ROOM);
    await this.#request({ room: left, type: "leave" }, async () => {
      if (this.isCurrent(left)) this.#turnBack();
      await this.client.leave(left);
    });
  }

  /** Handles an event: the server may have deleted the room, or a new session may lack it. */
  receive(event: ChatEvent): void {
    const { name: self } = this.client;
    const isGone = event.type === "connection"
      ? event.state === "restored" && this.find(this.#name) === undefined
      : event.type === "left" && isOwnLeave(event, self) && this.isCurrent(event.room) &&
        this.find(this.#name) === undefined;
    if (isGone) this.#turnBack();
    else if (this.#name === "" && event.type === "joined" && isOwnJoin(event, self)) {
      this.#set(event.room);
    }
  }

  /** The rooms of the user once all requests are carried out. */
  get #rooms(): string[] {
    const { joinedRooms } = this.client;
    const joined = new Set(joinedRooms.map(nameKey));
    const entered = [...this.#requested].filter(([key, { type }]) =>
      type === "enter" && !joined.has(key)
    );
    return [
      ...joinedRooms.filter((room) => this.#requested.get(nameKey(room))?.type !== "leave"),
      ...entered.map(([, { room }]) => room),
    ];
  }

  async #request(change: Change, run: () => Promise<void>): Promise<void> {
    const key = nameKey(change.room);
    this.#requested.set(key, change);
    try {
      await run();
    } finally {
      if (this.#requested.get(key) === change) this.#requested.delete(key);
    }
  }

  /** Turns to the room before the current one that the user is still in. */
  #turnBack(): void {
    this.#recent.delete(nameKey(this.#name));
    const rooms = this.#rooms.filter((room) => !this.isCurrent(room));
    const keys = new Set(rooms.map(nameKey));
    const before = [...this.#recent].findLast(([key]) => keys.has(key));
    this.#set(before?.[1] ?? rooms[0] ?? "");
  }

  #set(room: string): void {
    if (room === this.#name) return;
    const keys = new Set(this.#rooms.map(nameKey));
    for (const key of this.#recent.keys()) if (!keys.has(key)) this.#recent.delete(key);
    if (this.#name !== "") this.#recent.set(nameKey(this.#name), this.#name);
    this.#recent.delete(nameKey(room));
    this.#name = room;
    this.changed();
  }
}
