import { checkName, nameKey, protocolError } from "../protocol/mod.ts";
import type { Result } from "./result.ts";
import { Room } from "./room.ts";
import type { Store } from "./storage/store.ts";

/** The rooms that there are. One that is not permanent is there for as long as it is needed. */
export class Rooms {
  readonly #byKey = new Map<string, Room>();

  /** @param permanent names of rooms that are there from the start and stay. */
  constructor(private readonly store: Store, permanent: readonly string[]) {
    for (const name of permanent) {
      if (!this.#byKey.has(nameKey(name))) this.#make(name, true);
    }
  }

  /** How many rooms there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Every room there is. */
  all(): IterableIterator<Room> {
    return this.#byKey.values();
  }

  /** The room of that name, made if need be. */
  open(rawName: string): Result<Room> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("room_invalid", fault) };
    return { value: this.#byKey.get(nameKey(name)) ?? this.#make(name, false) };
  }

  /** Lets a room vanish, if nobody is in it, may come back to it, or has listed it. */
  release(room: Room): void {
    if (room.members.size > 0 || room.resumable > 0 || room.isPermanent) return;
    this.#byKey.delete(room.key);
    // A store that keeps accounts survives the server, and the room's history the room.
    if (this.store.accounts !== undefined) return;
    this.store.history.forget(room.key);
    this.store.topics.save(room.key, undefined);
  }

  #make(rawName: string, isPermanent: boolean): Room {
    const key = nameKey(rawName);
    const room = new Room(checkName(rawName).name ?? rawName, key, isPermanent);
    room.seq = this.store.history.lastSeq(key);
    room.topic = this.store.topics.find(key)?.text;
    this.#byKey.set(key, room);
    return room;
  }
}
