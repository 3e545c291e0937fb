import { checkName, nameKey, protocolError } from "../../protocol/mod.ts";
import type { Result } from "../result.ts";
import { shownName } from "../names/name_rules.ts";
import type { Room } from "./room.ts";

/** A member in one of its rooms. */
export interface Membership {
  readonly room: Room;
  /** Number of the room's last message when the member entered. */
  readonly since: number;
}

/** The memberships of one member, in the order in which it entered the rooms. */
export class Memberships implements Iterable<Membership> {
  readonly #byRoom = new Map<Room, Membership>();

  get size(): number {
    return this.#byRoom.size;
  }

  /** The room of a member who is in exactly one. */
  get only(): Room | undefined {
    if (this.#byRoom.size !== 1) return undefined;
    const [room] = this.#byRoom.keys();
    return room;
  }

  get(room: Room): Membership | undefined {
    return this.#byRoom.get(room);
  }

  /** The room of this name, in any case. */
  find(name: string): Room | undefined {
    // Most programs write the name as the server does.
    for (const room of this.#byRoom.keys()) if (room.name === name) return room;
    const key = nameKey(name);
    for (const room of this.#byRoom.keys()) if (room.key === key) return room;
    return undefined;
  }

  /**
   * The room that a frame is about: it names one of the member's rooms, or the member has only one.
   *
   * @returns the room, or the error `not_in_room`, `room_needed` or `room_invalid`.
   */
  require(name: string | undefined): Result<Room> {
    const room = name === undefined ? this.only : this.find(name);
    if (room !== undefined) return { value: room };
    if (name === undefined) return { error: protocolError("room_needed", this.size) };
    const { fault } = checkName(name);
    return {
      error: fault === undefined
        ? protocolError("not_in_room", shownName(name))
        : protocolError("room_invalid", fault),
    };
  }

  has(room: Room): boolean {
    return this.#byRoom.has(room);
  }

  rooms(): IterableIterator<Room> {
    return this.#byRoom.keys();
  }

  /** Called by the hub only, as is {@link delete}. */
  add(membership: Membership): void {
    this.#byRoom.set(membership.room, membership);
  }

  delete(room: Room): boolean {
    return this.#byRoom.delete(room);
  }

  [Symbol.iterator](): IterableIterator<Membership> {
    return this.#byRoom.values();
  }
}
