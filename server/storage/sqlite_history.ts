import type { DatabaseSync } from "node:sqlite";
import { readSegments, type SegmentSource } from "./history_reader.ts";
import { PendingHistory, type PendingLimits } from "./pending_history.ts";
import type { RoomSegments } from "./room_segments.ts";
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
  /** Rooms to forget with the next commit. */
  readonly #forgotten = new Set<string>();
  readonly #messagesATrim: number;

  constructor(
    database: DatabaseSync,
    private readonly directory: string,
    private readonly historyLimit: number,
    limits: PendingLimits,
  ) {
    this.#segments = new SqliteSegments(database);
    this.pending = new PendingHistory(limits);
    this.#messagesATrim = Math.min(MAX_MESSAGES_A_TRIM, Math.ceil(historyLimit / 8));
  }

  append(roomKey: string, stored: StoredMessage): void {
    this.pending.append(roomKey, stored);
  }

  lastSeq(roomKey: string): number {
    const pending = this.pending.find(roomKey);
    if (pending !== undefined) return pending.lastSeq;
    if (this.#forgotten.has(roomKey)) return 0;
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
      this.readFailure = StorageError.of("read", this.directory, error);
      return [];
    }
  }

  forget(roomKey: string): void {
    this.pending.forget(roomKey);
    this.#forgotten.add(roomKey);
  }

  get isChanged(): boolean {
    return this.pending.rooms > 0 || this.#forgotten.size > 0;
  }

  /** Writes what was collected; within a transaction. */
  write(): void {
    for (const key of this.#forgotten) {
      this.#segments.deleteUpTo(key, this.#segments.lastSeq(key));
    }
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
      this.#segments.deleteUpTo(key, lastSeq - this.historyLimit);
    }
  }

  /** The transaction succeeded. */
  written(): void {
    this.#forgotten.clear();
    this.pending.clear();
  }

  /** The transaction failed. */
  rolledBack(): void {
    this.#segments.rolledBack();
  }

  /** The segments in the database, and then those that are not there yet. */
  #source(roomKey: string, pending: RoomSegments | undefined): SegmentSource {
    const stored = this.#forgotten.has(roomKey) ? undefined : this.#segments;
    return {
      *oldestFirst(after) {
        if (stored !== undefined) yield* stored.oldestFirst(roomKey, after);
        if (pending !== undefined) yield* pending.oldestFirst(after);
      },
      *newestFirst(before) {
        if (pending !== undefined) yield* pending.newestFirst(before);
        if (stored !== undefined) yield* stored.newestFirst(roomKey, before);
      },
    };
  }
}
