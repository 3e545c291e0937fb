import { readSegments } from "./history_reader.ts";
import { RoomSegments } from "./room_segments.ts";
import type { History, HistoryQuery, StoredMessage } from "./store.ts";

/** The last messages of every room, in memory. */
export class MemoryHistory implements History {
  readonly #rooms = new Map<string, RoomSegments>();
  /** Rooms with messages that are not yet part of a segment. */
  #open: RoomSegments[] = [];
  #messages = 0;
  #bytes = 0;

  /** @param historyLimit messages kept a room, at least 1. */
  constructor(private readonly historyLimit: number) {}

  /** Messages taken so far, and their size in bytes, without those of the turn that goes on. */
  get stored(): { messages: number; bytes: number } {
    return { messages: this.#messages, bytes: this.#bytes };
  }

  append(roomKey: string, stored: StoredMessage): void {
    let room = this.#rooms.get(roomKey);
    if (room === undefined) {
      room = new RoomSegments(roomKey);
      this.#rooms.set(roomKey, room);
    }
    if (room.append(stored)) this.#open.push(room);
  }

  lastSeq(roomKey: string): number {
    return this.#rooms.get(roomKey)?.lastSeq ?? 0;
  }

  read(roomKey: string, query: HistoryQuery): StoredMessage[] {
    const room = this.#rooms.get(roomKey);
    if (room === undefined) return [];
    this.#seal(room);
    return readSegments(room, query, room.lastSeq - this.historyLimit);
  }

  forget(roomKey: string): void {
    this.#rooms.delete(roomKey);
  }

  /** Makes segments of what this turn has collected.
   * @returns whether there was anything. */
  commit(): boolean {
    if (this.#open.length === 0) return false;
    for (const room of this.#open) this.#seal(room);
    this.#open = [];
    return true;
  }

  #seal(room: RoomSegments): void {
    const { messages, bytes } = room;
    room.seal();
    this.#messages += room.messages - messages;
    this.#bytes += room.bytes - bytes;
    const oldestKept = room.lastSeq - this.historyLimit + 1;
    while (room.segments.length > 0 && room.segments[0]!.lastSeq < oldestKept) room.dropFirst();
  }
}
