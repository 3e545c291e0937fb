import { type Clock, systemClock } from "../scheduling/clock.ts";
import { type Ban, Bans, type Mute, Mutes } from "./bans.ts";
import { LargestFirst } from "./largest_first.ts";
import { RoomSegments } from "./room_segments.ts";
import { type Topic, Topics } from "./rows.ts";
import { readSegments } from "./segment.ts";
import { MemorySessions } from "./sessions.ts";
import type {
  History,
  HistoryQuery,
  Store,
  StoredMessage,
  StoreOptions,
  StoreStatistics,
} from "./store.ts";

/** Messages kept per room in memory. */
export const DEFAULT_MEMORY_HISTORY_LIMIT = 1000;

/**
 * Makes a store that ends with the server.
 *
 * @param options `historyLimit`, 1000 by default; the others have no effect.
 */
export function createMemoryStore(
  options: Partial<StoreOptions> = {},
  clock: Pick<Clock, "monotonic"> = systemClock,
): Store {
  return new MemoryStore(options.historyLimit ?? DEFAULT_MEMORY_HISTORY_LIMIT, clock);
}

class MemoryStore implements Store {
  readonly history: MemoryHistory;
  readonly sessions = new MemorySessions();
  readonly knownAddresses = new Map<string, readonly string[]>();
  readonly bans = new Bans(new Map<string, Ban>());
  readonly mutes = new Mutes(new Map<string, Mute>());
  readonly topics = new Topics(new Map<string, Topic>());
  readonly failure = undefined;
  #commits = 0;
  #commitSeconds = 0;

  constructor(historyLimit: number, private readonly clock: Pick<Clock, "monotonic">) {
    this.history = new MemoryHistory(historyLimit);
  }

  get statistics(): StoreStatistics {
    const { messages, bytes } = this.history.stored;
    return {
      messages,
      bytes,
      dropped: 0,
      heldBytes: this.history.heldBytes,
      diskBytes: 0,
      commits: this.#commits,
      commitSeconds: this.#commitSeconds,
    };
  }

  forgetRoom(roomKey: string): void {
    this.history.forget(roomKey);
    this.topics.save(roomKey, undefined);
  }

  commit(): void {
    const start = this.clock.monotonic();
    if (!this.history.commit()) return;
    this.#commits++;
    this.#commitSeconds += (this.clock.monotonic() - start) / 1000;
  }

  close(): undefined {
    this.commit();
  }
}

/** Maximum memory of messages, in bytes. */
export interface HistoryBytes {
  readonly room: number;
  readonly total: number;
}

/** 32 MiB per room, seven times the size of 1000 of the longest messages; 128 MiB in all. */
export const DEFAULT_HISTORY_BYTES: HistoryBytes = {
  room: 32 * 1024 * 1024,
  total: 128 * 1024 * 1024,
};

/** Estimated bytes of a segment beside its lines. */
const SEGMENT_OVERHEAD = 300;

/**
 * The last messages of all rooms, in memory.
 *
 * When all rooms together reach the total, the largest rooms lose their oldest messages.
 */
export class MemoryHistory implements History {
  readonly #rooms = new Map<string, RoomSegments>();
  /** Rooms with messages that are not yet part of a segment. */
  #open: RoomSegments[] = [];
  #messages = 0;
  #bytes = 0;
  readonly #sizes = new LargestFirst<RoomSegments>();

  /** @param historyLimit messages kept per room, at least 1. */
  constructor(
    private readonly historyLimit: number,
    private readonly limits: HistoryBytes = DEFAULT_HISTORY_BYTES,
  ) {}

  get heldBytes(): number {
    return this.#sizes.total;
  }

  /** Messages stored since the start, and their size in bytes, without those of the current turn. */
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
    const room = this.#rooms.get(roomKey);
    if (room === undefined) return;
    this.#rooms.delete(roomKey);
    this.#sizes.set(room, 0);
  }

  /** Makes segments of the messages of this turn. @returns whether there were any. */
  commit(): boolean {
    if (this.#open.length === 0) return false;
    // A room may have been deleted in this turn.
    for (const room of this.#open) if (this.#rooms.get(room.key) === room) this.#seal(room);
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
    while (sizeOf(room) > this.limits.room && room.segments.length > 1) room.dropFirst();
    this.#sizes.set(room, sizeOf(room));
    while (this.heldBytes > this.limits.total) {
      const largest = this.#sizes.largest()!;
      largest.dropFirst();
      this.#sizes.set(largest, sizeOf(largest));
    }
  }
}

function sizeOf({ bytes, segments }: RoomSegments): number {
  return bytes + segments.length * SEGMENT_OVERHEAD;
}
