import {
  checkName,
  DEFAULT_ROOM,
  nameKey,
  type ProtocolError,
  protocolError,
} from "../../protocol/mod.ts";
import type { Clock } from "../scheduling/clock.ts";
import { KeyedBuckets } from "../scheduling/keyed_buckets.ts";
import { checkNewName, shownName } from "../names/name_rules.ts";
import { addressKey } from "../addresses/network_address.ts";
import type { Result } from "../result.ts";
import { Room, type RoomMember } from "./room.ts";
import type { Store } from "../storage/store.ts";
import { perHour } from "../scheduling/token_bucket.ts";

/** Rooms that one address may create at once, and per hour after that. */
export const NEW_ROOMS_PER_HOUR = 30;

/** Tokens for a room that is created or read from the store, which costs more than one in use. */
export const OPENED_ROOM_TOKENS = 4;

const HOUR = 3_600_000;

/** Milliseconds between two writes of the last use of a stored room that is in use. */
const USE_INTERVAL = HOUR;

/** Rooms that one tick writes or deletes, so that a thousand of them do not block the server. */
const ROOMS_PER_TICK = 20;

/** Seconds between two searches for rooms that were unused for too long. */
const SEARCH_SECONDS = 60;

export interface RoomLimits {
  /** Maximum number of rooms in use and of rooms that are only stored, together. */
  readonly maxRooms: number;
  /** Milliseconds for which an unused room keeps its history and topic, also a kept one in memory; 0 for
   * no limit. */
  readonly retentionMilliseconds: number;
  /** Maximum number of rooms that one address creates per hour; `null` for no limit. */
  readonly newPerHour: number | null;
  /** Maximum number of rooms that one member is in. */
  readonly maxPerMember: number;
  /** Maximum number of clients in one room; 0 for no limit. Read at each use, since it may change. */
  readonly maxClients: number;
}

/** 1000 rooms, 30 days, 30 new rooms per hour, 50 rooms per member, any number of clients. */
export const DEFAULT_ROOM_LIMITS: RoomLimits = {
  maxRooms: 1000,
  retentionMilliseconds: 30 * 24 * HOUR,
  newPerHour: NEW_ROOMS_PER_HOUR,
  maxPerMember: 50,
  maxClients: 0,
};

/**
 * The rooms in use, and the rooms that are only stored.
 *
 * 1. A room is in use while it has members, or sessions that may be resumed in it. Permanent rooms are
 *    always in use.
 * 2. A room without messages and topic is not stored. In memory no room is, but one that got a message of
 *    a script is kept until a new room needs its place.
 * 3. A stored or kept room loses its messages and its topic when it was unused for the retention time.
 * 4. The number of rooms is bounded, and the number that one address creates per hour. A room that is
 *    not stored in the end does not count.
 */
export class Rooms {
  readonly #byKey = new Map<string, Room>();
  /** The unused rooms whose messages stay in memory, with the time of their last use; the oldest first. */
  readonly #kept = new Map<Room, number>();
  readonly #newRooms: KeyedBuckets | undefined;
  #secondsToSearch = 0;
  #refused = 0;
  #expired = 0;

  /** @param permanent names of rooms that always exist. */
  constructor(
    private readonly store: Store,
    permanent: readonly string[],
    private readonly clock: Clock,
    readonly limits: RoomLimits = DEFAULT_ROOM_LIMITS,
  ) {
    const { newPerHour } = limits;
    if (newPerHour !== null) this.#newRooms = new KeyedBuckets(perHour(newPerHour));
    this.setPermanent(permanent);
  }

  /** Makes these rooms permanent, and no others: those that are empty are not in use any more. */
  setPermanent(names: readonly string[]): void {
    const keys = new Set(names.map(nameKey));
    for (const name of names) {
      const room = this.#byKey.get(nameKey(name)) ?? this.#make(name, true);
      room.isPermanent = true;
      this.#kept.delete(room);
    }
    for (const room of [...this.#byKey.values()]) {
      if (keys.has(room.key) || !room.isPermanent) continue;
      room.isPermanent = false;
      this.release(room);
    }
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Number of rooms in use and of rooms that are only stored. */
  get total(): number {
    const { rooms } = this.store;
    if (rooms === undefined) return this.#byKey.size;
    let unstored = 0;
    for (const key of this.#byKey.keys()) if (!rooms.has(key)) unstored++;
    return rooms.size + unstored;
  }

  /** Number of rooms that were not created because of a limit. */
  get refused(): number {
    return this.#refused;
  }

  /** Number of rooms that were deleted because they were unused for too long. */
  get expired(): number {
    return this.#expired;
  }

  /** The room with this name, if it is in use. */
  find(name: string): Room | undefined {
    return this.#byKey.get(nameKey(name));
  }

  /** Whether a room with this name is in use or stored. */
  has(name: string): boolean {
    const key = nameKey(name);
    return this.#byKey.has(key) || this.store.rooms?.has(key) === true;
  }

  all(): IterableIterator<Room> {
    return this.#byKey.values();
  }

  /**
   * Returns the room with this name, which is created if it does not exist.
   *
   * @param address of the client; without one, the limit per address does not apply.
   * @throws {StorageError} when the room cannot be read.
   */
  open(rawName: string, address?: string): Result<Room> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("room_invalid", fault) };
    const key = nameKey(name);
    const room = this.#byKey.get(key);
    if (room !== undefined) {
      this.#kept.delete(room);
      return { value: room };
    }
    if (this.store.rooms?.has(key) === true) return { value: this.#make(name, false) };
    // The rules for new names do not apply to existing rooms.
    const { fault: newFault } = checkNewName(name);
    if (newFault !== undefined) return { error: protocolError("room_invalid", newFault) };
    const { maxRooms } = this.limits;
    const isFull = this.total >= maxRooms;
    if (isFull && this.#kept.size === 0) {
      this.#refused++;
      return { error: protocolError("too_many_rooms", maxRooms) };
    }
    const madeBy = address === undefined ? undefined : addressKey(address);
    const seconds = madeBy === undefined
      ? 0
      : this.#newRooms?.takeOrWait(madeBy, this.clock.monotonic()) ?? 0;
    if (seconds > 0) {
      this.#refused++;
      return { error: protocolError("too_many_new_rooms", seconds) };
    }
    const [oldest] = this.#kept.keys();
    if (isFull) this.delete(oldest!.name);
    const made = this.#make(name, false);
    made.madeBy = madeBy;
    return { value: made };
  }

  /**
   * The error of a room that has no place for one more client. Operators always have one.
   *
   * @param leaving a client whose place becomes free, if it is in the room.
   */
  placeError(
    room: Room,
    { isOperator }: { readonly isOperator: boolean },
    leaving?: RoomMember,
  ): ProtocolError | undefined {
    const { maxClients } = this.limits;
    if (maxClients === 0 || isOperator) return undefined;
    const { clients, name } = room;
    const others = leaving !== undefined && room.has(leaving) ? clients - 1 : clients;
    return others < maxClients ? undefined : protocolError("room_full", name, clients, maxClients);
  }

  /** Keeps rooms in use during work that may remove their last members. */
  keepDuring(rooms: readonly Room[], work: () => void): void {
    for (const room of rooms) room.resumable++;
    try {
      work();
    } finally {
      for (const room of rooms) room.resumable--;
    }
  }

  /** Ends the use of a room without members and without sessions that may be resumed in it. */
  release(room: Room): void {
    if (!room.isEmpty || room.resumable > 0 || room.isPermanent || room.isClosed) return;
    const { rooms } = this.store;
    if (rooms === undefined && room.isKept) {
      this.#kept.delete(room);
      this.#kept.set(room, this.clock.now());
      return;
    }
    room.isClosed = true;
    this.#byKey.delete(room.key);
    if (rooms === undefined || (room.seq === 0 && room.topic === undefined)) {
      this.store.forgetRoom(room.key);
      if (room.madeBy !== undefined) this.#newRooms?.refundToken(room.madeBy);
    } else rooms.use(room.key);
  }

  /**
   * Finds a room that may be deleted.
   *
   * @returns the room; its value is `undefined` if it is only stored.
   */
  deletable(rawName: string): Result<{ readonly room: Room | undefined }> {
    const key = nameKey(rawName);
    const room = this.#byKey.get(key);
    if (room === undefined && this.store.rooms?.has(key) !== true) {
      return { error: protocolError("no_such_room", shownName(rawName)) };
    }
    if (room?.isPermanent === true || key === DEFAULT_ROOM) {
      return { error: protocolError("room_permanent", room?.name ?? DEFAULT_ROOM) };
    }
    return { value: { room } };
  }

  /** Deletes a room without members, with its messages and its topic. */
  delete(rawName: string): void {
    const key = nameKey(rawName);
    const room = this.#byKey.get(key);
    if (room !== undefined) {
      room.isClosed = true;
      this.#kept.delete(room);
    }
    this.#byKey.delete(key);
    this.store.forgetRoom(key);
  }

  /** Writes the last use of stored rooms in use, and deletes those that were unused for too long;
   * called every second. */
  tick(): void {
    const { rooms } = this.store;
    const now = this.clock.now();
    const { retentionMilliseconds } = this.limits;
    let left = ROOMS_PER_TICK;
    if (rooms === undefined) {
      if (retentionMilliseconds === 0) return;
      for (const [room, usedAt] of this.#kept) {
        if (now - usedAt < retentionMilliseconds || left-- === 0) return;
        this.delete(room.name);
        this.#expired++;
      }
      return;
    }
    for (const key of this.#byKey.keys()) {
      const usedAt = rooms.usedAt(key);
      if (usedAt === undefined || now - usedAt < USE_INTERVAL) continue;
      if (left-- === 0) break;
      rooms.use(key);
    }
    if (retentionMilliseconds === 0 || this.#secondsToSearch-- > 0) return;
    left = ROOMS_PER_TICK;
    for (const key of rooms.unusedSince(now - retentionMilliseconds)) {
      if (this.#byKey.has(key)) continue;
      // More may follow: they are deleted by the next tick.
      if (left-- === 0) return;
      this.store.forgetRoom(key);
      this.#expired++;
    }
    this.#secondsToSearch = SEARCH_SECONDS;
  }

  #make(name: string, isPermanent: boolean): Room {
    const key = nameKey(name);
    const room = new Room(checkName(name).name ?? name, key, isPermanent);
    room.seq = this.store.history.lastSeq(key);
    room.topic = this.store.topics.find(key)?.text;
    this.#byKey.set(key, room);
    this.store.rooms?.use(key);
    return room;
  }
}
