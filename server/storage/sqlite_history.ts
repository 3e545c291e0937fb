import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PendingHistory, type PendingLimits, type RoomSegments } from "./room_segments.ts";
import {
  MAX_SEQ,
  readSegments,
  type Segment,
  segmentNumber,
  type SegmentSource,
} from "./segment.ts";
import type { SegmentCleaner } from "./segment_cleaner.ts";
import type { SqliteRooms } from "./sqlite_rooms.ts";
import { StorageError } from "./storage_error.ts";
import type { History, HistoryQuery, StoredMessage } from "./store.ts";

/** Maximum number of messages between two deletions of old segments in a room. */
const MAX_MESSAGES_PER_TRIM = 1024;

const NOTHING = new Uint8Array();

/**
 * The messages of all rooms, in SQLite: one row per room and turn.
 *
 * Messages since the last commit are in {@link pending}, and are read from there.
 */
export class SqliteHistory implements History {
  readonly pending: PendingHistory;
  readFailure: StorageError | undefined;

  readonly #segments: SqliteSegments;
  readonly #messagesPerTrim: number;
  /** Rooms with messages to delete after the transaction, and the number up to which. */
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
    this.#messagesPerTrim = Math.min(MAX_MESSAGES_PER_TRIM, Math.ceil(historyLimit / 8));
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

  /** Writes the pending messages; within a transaction. */
  write(): void {
    for (const room of this.pending) this.#writeRoom(room);
  }

  #writeRoom({ key, segments, lastSeq }: RoomSegments): void {
    for (const segment of segments) this.#segments.insert(key, segment);
    const firstSeq = segments[0]?.firstSeq ?? lastSeq;
    if (segments.length === 0) {
      // All pending messages were dropped: an empty segment keeps the number.
      const times = { firstTime: 0, lastTime: 0 };
      this.#segments.insert(key, { firstSeq, lastSeq, ...times, body: NOTHING });
    }
    // The numbers alone decide when to trim, so that no count per room is kept. The last segment
    // always stays, and with it the number of the last message.
    const step = this.#messagesPerTrim;
    if (Math.floor(lastSeq / step) !== Math.floor((firstSeq - 1) / step)) {
      this.#trims.set(key, lastSeq - this.historyLimit);
    }
  }

  /** Forgets the pending messages: the transaction succeeded. */
  written(): void {
    this.pending.clear();
    for (const [key, upTo] of this.#trims) this.cleaner.trim(this.rooms.idOf(key)!, upTo);
    this.#trims.clear();
  }

  /** Forgets the deletions: the transaction failed. */
  rolledBack(): void {
    this.#trims.clear();
  }

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

/**
 * The segments in the database.
 *
 * In a quiet room each message is a commit, and the cost of a commit is the pages it touches. So the
 * row id of a segment is made of the room's id and the number of the segment's last message:
 * `id * 2^40 + lastSeq`. With no other index a message touches one page. (A table without row ids
 * would do the same, but it reads all of a body to compare two keys: twice the time for 64 KB,
 * measured.)
 */
export class SqliteSegments {
  readonly #statements: Record<
    "insert" | "lastSeq" | "oldestFirst" | "newestFirst",
    StatementSync
  >;

  constructor(database: DatabaseSync, private readonly rooms: Pick<SqliteRooms, "idOf">) {
    const columns = "first_seq, last_seq, first_time, last_time, body";
    const select = `SELECT ${columns} FROM segments`;
    this.#statements = {
      insert: database.prepare(
        `INSERT OR REPLACE INTO segments (segment, ${columns}) VALUES (?,?,?,?,?,?)`,
      ),
      lastSeq: database.prepare(
        "SELECT last_seq FROM segments WHERE segment BETWEEN ? AND ? ORDER BY segment DESC LIMIT 1",
      ),
      oldestFirst: database.prepare(`${select} WHERE segment BETWEEN ? AND ? ORDER BY segment`),
      // Starts with the segment that contains `before`, or else with the last one. Without numbers: Node
      // 22.19 does not bind parameters such as ?1 by their order.
      newestFirst: database.prepare(
        `${select} WHERE segment BETWEEN ? AND coalesce(
           (SELECT min(segment) FROM segments WHERE segment BETWEEN ? AND ?), ?
         ) ORDER BY segment DESC`,
      ),
    };
  }

  /** Adds a segment that is newer than all others of its room, which has a row. */
  insert(roomKey: string, segment: Segment): void {
    const { firstSeq, lastSeq, firstTime, lastTime, body } = segment;
    const number = segmentNumber(this.rooms.idOf(roomKey)!, lastSeq);
    // A fraction would make this and every later commit fail.
    const times = [Math.floor(firstTime), Math.ceil(lastTime)] as const;
    this.#statements.insert.run(number, firstSeq, lastSeq, ...times, body);
  }

  /** Number of the last message of a room; 0 without messages. */
  lastSeq(roomKey: string): number {
    const id = this.rooms.idOf(roomKey);
    if (id === undefined) return 0;
    const row = this.#statements.lastSeq.get(segmentNumber(id, 0), segmentNumber(id, MAX_SEQ));
    return Number(row?.last_seq ?? 0);
  }

  *oldestFirst(roomKey: string, after: number): Iterable<Segment> {
    const id = this.rooms.idOf(roomKey);
    if (id === undefined) return;
    const first = segmentNumber(id, after + 1);
    const rows = this.#statements.oldestFirst.iterate(first, segmentNumber(id, MAX_SEQ));
    for (const row of rows) yield toSegment(row);
  }

  *newestFirst(roomKey: string, before: number): Iterable<Segment> {
    const id = this.rooms.idOf(roomKey);
    if (id === undefined) return;
    const last = segmentNumber(id, MAX_SEQ);
    const rows = this.#statements.newestFirst.iterate(
      ...[segmentNumber(id, 0), segmentNumber(id, before), last, last],
    );
    for (const row of rows) {
      const segment = toSegment(row);
      if (segment.firstSeq < before) yield segment;
    }
  }
}

function toSegment(row: Record<string, unknown>): Segment {
  return {
    firstSeq: Number(row.first_seq),
    lastSeq: Number(row.last_seq),
    firstTime: Number(row.first_time),
    lastTime: Number(row.last_time),
    body: row.body as Uint8Array,
  };
}
