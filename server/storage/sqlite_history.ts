import type { DatabaseSync } from "node:sqlite";
import { readSegments, type SegmentSource } from "./history_reader.ts";
import { PendingHistory, type PendingLimits } from "./pending_history.ts";
import type { RoomSegments } from "./room_segments.ts";
import type { SegmentCleaner } from "./segment_cleaner.ts";
import type { SqliteRooms } from "./sqlite_rooms.ts";
import { SqliteSegments } from "./sqlite_segments.ts";
import { StorageError } from "./storage_error.ts";
import type { History, HistoryQuery, StoredMessage } from "./store.ts";

/** Most messages between two deletions of old segments in a room. */
const MAX_MESSAGES_A_TRIM = 1024;

const NOTHING = new Uint8Array();

/**
 * The messages of every room, in SQLite: one row a room and turn.
 *
 * What was said since the last commit is in {@link pending}, and is read from there.
 */
export class SqliteHistory implements History {
  readonly pending: PendingHistory;
  /** Why the last read failed. */
  readFailure: StorageError | undefined;

  readonly #segments: SqliteSegments;
  readonly #messagesATrim: number;
  /** Rooms with old messages to delete once the transaction has succeeded, and up to which. */
  readonly #trims = new Map<string, number>();

  constructor(
    database: DatabaseSync,
    private readonly directory: string,
    private readonly historyLimit: number,
    limits: PendingLimits,
    private readonly rooms: SqliteRooms,
    private readonly cleaner: Pick<SegmentCleaner, "trim">,
  ) {
    this.#segments = new SqliteSegments(database, rooms);
    this.pending = new PendingHistory(limits);
    this.#messagesATrim = Math.min(MAX_MESSAGES_A_TRIM, Math.ceil(historyLimit / 8));
  }

  append(roomKey: string, stored: StoredMessage): void {
    if (this.pending.append(roomKey, stored)) this.rooms.add(roomKey);
  }

  lastSeq(roomKey: string): number {
    const pending = this.pending.find(roomKey);
    if (pending !== undefined) return pending.lastSeq;
    try {
      return this.#segments.lastSeq(roomKey);
    } catch (error) {
      throw StorageError.of("read", this.directory, error);
    }
  }

  read(roomKey: string, query: HistoryQuery): StoredMessage[] {
    this.readFailure = undefined;
    const pending = this.pending.find(roomKey);
    pending?.seal();
    try {
      const floor = this.lastSeq(roomKey) - this.historyLimit;
      return readSegments(this.#source(roomKey, pending), query, floor);
    } catch (error) {
      throw this.readFailure = StorageError.of("read", this.directory, error);
    }
  }

  forget(roomKey: string): void {
    this.pending.forget(roomKey);
    this.rooms.forget(roomKey);
  }

  get isChanged(): boolean {
    return this.pending.rooms > 0;
  }

  /** Writes what was collected; within a transaction. */
  write(): void {
    for (const room of this.pending) this.#writeRoom(room);
  }

  #writeRoom({ key, segments, lastSeq }: RoomSegments): void {
    for (const segment of segments) this.#segments.insert(key, segment);
    const firstSeq = segments[0]?.firstSeq ?? lastSeq;
    if (segments.length === 0) {
      // All that was to be written was given up: an empty segment keeps the number.
      const times = { firstTime: 0, lastTime: 0 };
      this.#segments.insert(key, { firstSeq, lastSeq, ...times, body: NOTHING });
    }
    // By the numbers alone it is known when it is time to trim: no count a room has to be kept. The
    // last segment always stays, and with it the number of the last message.
    const step = this.#messagesATrim;
    if (Math.floor(lastSeq / step) !== Math.floor((firstSeq - 1) / step)) {
      this.#trims.set(key, lastSeq - this.historyLimit);
    }
  }

  /** The transaction succeeded. */
  written(): void {
    this.pending.clear();
    for (const [key, upTo] of this.#trims) this.cleaner.trim(this.rooms.idOf(key)!, upTo);
    this.#trims.clear();
  }

  /** The transaction failed. */
  rolledBack(): void {
    this.#trims.clear();
  }

  /** The segments in the database, and then those that are not there yet. */
  #source(roomKey: string, pending: RoomSegments | undefined): SegmentSource {
    const stored = this.#segments;
    return {
      *oldestFirst(after) {
        yield* stored.oldestFirst(roomKey, after);
        if (pending !== undefined) yield* pending.oldestFirst(after);
      },
      *newestFirst(before) {
        if (pending !== undefined) yield* pending.newestFirst(before);
        yield* stored.newestFirst(roomKey, before);
      },
    };
  }
}
