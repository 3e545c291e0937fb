import { compareNames, type Person, Roster } from "../../client/core/roster.ts";
import type { RoomInfo, ServerFrame } from "../../protocol/frames.ts";
import { isSameName, nameKey } from "../../protocol/names.ts";

/** A room that the user is in, or is about to enter. */
export interface Room {
  /** In the spelling of the server, once it has answered. */
  name: string;
  topic: string;
  readonly roster: Roster;
  /** False until the server has confirmed that the user is in it. */
  isEntered: boolean;
  /** Whether its last messages were requested. */
  hasHistory: boolean;
  /** Whether its users were requested since the connection was made. */
  hasUsers: boolean;
}

/** The rooms that the user is in, and the last list of all rooms that the server has sent. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  #directory: readonly RoomInfo[] = [];
  /** Users and rooms for a page without a room. */
  #noRoom = new Roster();

  /** The user's rooms, in the order in which they were entered. */
  get all(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  /** The other rooms of the server, in the order of their names. */
  get others(): readonly RoomInfo[] {
    return this.#directory.filter(({ name }) => !this.#rooms.has(nameKey(name)));
  }

  /** The names of all known rooms, the user's own first. */
  get names(): string[] {
    return [...this.all, ...this.others].map(({ name }) => name);
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(nameKey(name));
  }

  rosterOf(name: string): Roster {
    return this.get(name)?.roster ?? this.#noRoom;
  }

  /** The number of users in a room; `undefined` before the server has reported it. */
  membersOf({ name, hasUsers, roster }: Room): number | undefined {
    if (hasUsers && roster.total > 0) return roster.total;
    return this.#directory.find((listed) => isSameName(listed.name, name))?.members;
  }

  /** Finds a user in any of the user's rooms. */
  person(name: string): Person | undefined {
    for (const { roster } of this.#rooms.values()) {
      const person = roster.find(name);
      if (person !== undefined) return person;
    }
    return undefined;
  }

  /** Adds a room that the user wants to enter. */
  add(name: string): Room {
    const existing = this.get(name);
    if (existing !== undefined) return existing;
    const room = {
      name,
      topic: "",
      roster: new Roster(),
      isEntered: false,
      hasHistory: false,
      hasUsers: false,
    };
    this.#rooms.set(nameKey(name), room);
    return room;
  }

  /** The server has confirmed that the user is in a room. */
  enter(name: string, topic: string): Room {
    return Object.assign(this.add(name), { name, topic, isEntered: true });
  }

  delete(name: string): void {
    this.#rooms.delete(nameKey(name));
  }

  clear(): void {
    this.#rooms.clear();
    this.#directory = [];
    this.#noRoom = new Roster();
  }

  /** Updates the users of the rooms. @param self the name of the user. */
  receive(frame: ServerFrame, self: string): void {
    if (frame.type === "rooms") {
      this.#directory = frame.rooms.toSorted((one, other) => compareNames(one.name, other.name));
    }
    if (frame.type === "welcome") {
      for (const entered of frame.rooms) {
        this.get(entered.room)?.roster.receive({ ...frame, rooms: [entered] });
      }
      return;
    }
    const isOwnName = frame.type === "renamed" && isSameName(frame.from, self);
    const room = "room" in frame && typeof frame.room === "string" ? frame.room : undefined;
    if (room === undefined) this.#noRoom.receive(frame);
    // The user's own new name is reported once, for all rooms.
    if (room !== undefined && !isOwnName) return this.get(room)?.roster.receive(frame);
    for (const { name, roster } of this.#rooms.values()) {
      roster.receive(isOwnName ? { ...frame, room: name } : frame);
    }
  }
}
