import { RoomSegments } from "./room_segments.ts";
import type { StoredMessage } from "./store.ts";

/** How much may wait for a database that cannot be written to. */
export interface PendingLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** 200,000 messages or 64 MiB. */
export const DEFAULT_PENDING_LIMITS: PendingLimits = { messages: 200_000, bytes: 64 * 1024 * 1024 };

/** When there is too much, one sixteenth is given up at once, since it takes a look at all rooms to
 * find the oldest. */
const KEPT_SHARE = 15 / 16;

/** The messages that are not yet in the database, by room. */
export class PendingHistory implements Iterable<RoomSegments> {
  readonly #rooms = new Map<string, RoomSegments>();
  #dropped = 0;

  constructor(private readonly limits: PendingLimits) {}

  /** Number of rooms with something to write. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** Bytes that are sealed and not written. */
  get bytes(): number {
    let bytes = 0;
    for (const room of this.#rooms.values()) bytes += room.bytes;
    return bytes;
  }

  /** Messages given up so far. */
  get dropped(): number {
    return this.#dropped;
  }

  [Symbol.iterator](): Iterator<RoomSegments> {
    return this.#rooms.values();
  }

  /** @returns whether the room had nothing to write before. */
  append(roomKey: string, stored: StoredMessage): boolean {
    let room = this.#rooms.get(roomKey);
    const isFirst = room === undefined;
    if (room === undefined) {
      room = new RoomSegments(roomKey);
      this.#rooms.set(roomKey, room);
    }
    room.append(stored);
    return isFirst;
  }

  find(roomKey: string): RoomSegments | undefined {
    return this.#rooms.get(roomKey);
  }

  forget(roomKey: string): void {
    this.#rooms.delete(roomKey);
  }

  clear(): void {
    this.#rooms.clear();
  }

  /** Makes segments of what this turn has collected.
   * @returns how much there is in all. */
  seal(): { messages: number; bytes: number } {
    const total = { messages: 0, bytes: 0 };
    for (const room of this.#rooms.values()) {
      room.seal();
      total.messages += room.messages;
      total.bytes += room.bytes;
    }
    return total;
  }

  /**
   * Gives up the oldest segments, of whatever room, if there is more than the limits allow.
   *
   * @param total what {@link seal} returned.
   * @returns the messages that are left.
   */
  enforceLimits(total: { messages: number; bytes: number }): number {
    const { limits } = this;
    let { messages, bytes } = total;
    if (messages <= limits.messages && bytes <= limits.bytes) return messages;
    const oldest = [...this.#rooms.values()]
      .flatMap((room) => room.segments.map((segment) => ({ room, segment })))
      .sort((left, right) => left.segment.firstTime - right.segment.firstTime);
    for (const { room } of oldest) {
      if (messages <= limits.messages * KEPT_SHARE && bytes <= limits.bytes * KEPT_SHARE) break;
      const first = room.dropFirst();
      if (first === undefined) continue;
      const count = first.lastSeq - first.firstSeq + 1;
      this.#dropped += count;
      messages -= count;
      bytes -= first.body.length;
    }
    return messages;
  }
}
