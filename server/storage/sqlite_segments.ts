import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Segment } from "./segment.ts";

/** Room ids remembered, so that they need not be looked up at each commit. */
const MAX_REMEMBERED_IDS = 10_000;

/**
 * The segments in the database.
 *
 * In a quiet room each message is a commit, and what a commit costs is the pages it touches. So the
 * number of a segment, by which SQLite keeps the rows in order, is made of the room's id and the
 * number of the segment's last message: `id * 2^40 + lastSeq`. There is no other index, and one page
 * a message. (A table without row ids would do the same, but it reads all of a body to compare two
 * keys: measured, twice the time for 64 KB.)
 */
export class SqliteSegments {
  readonly #ids = new Map<string, bigint>();
  readonly #statements: Record<
    | "findRoom"
    | "addRoom"
    | "insert"
    | "delete"
    | "lastSeq"
    | "oldestFirst"
    | "newestFirst",
    StatementSync
  >;

  constructor(database: DatabaseSync) {
    const columns = "first_seq, last_seq, first_time, last_time, body";
    const select = `SELECT ${columns} FROM segments`;
    this.#statements = {
      findRoom: database.prepare("SELECT id FROM rooms WHERE key = ?"),
      addRoom: database.prepare("INSERT INTO rooms (key) VALUES (?)"),
      insert: database.prepare(
        `INSERT OR REPLACE INTO segments (segment, ${columns}) VALUES (?,?,?,?,?,?)`,
      ),
      delete: database.prepare("DELETE FROM segments WHERE segment BETWEEN ? AND ?"),
      lastSeq: database.prepare(
        "SELECT last_seq FROM segments WHERE segment BETWEEN ? AND ? ORDER BY segment DESC LIMIT 1",
      ),
      oldestFirst: database.prepare(`${select} WHERE segment BETWEEN ? AND ? ORDER BY segment`),
      // The segment in which `before` is, or else the last one, is the first to look at.
      newestFirst: database.prepare(
        `${select} WHERE segment BETWEEN ?1 AND coalesce(
           (SELECT min(segment) FROM segments WHERE segment BETWEEN ?2 AND ?3), ?3
         ) ORDER BY segment DESC`,
      ),
    };
  }

  /** Adds a segment that is newer than all others of its room. */
  insert(roomKey: string, segment: Segment): void {
    const { firstSeq, lastSeq, firstTime, lastTime, body } = segment;
    const number = segmentNumber(this.#findId(roomKey) ?? this.#addRoom(roomKey), lastSeq);
    // A fraction would be refused, and with it everything, for ever.
    const times = [Math.floor(firstTime), Math.ceil(lastTime)] as const;
    this.#statements.insert.run(number, firstSeq, lastSeq, ...times, body);
  }

  /** Deletes the segments that have no message above a number. */
  deleteUpTo(roomKey: string, seq: number): void {
    const id = this.#findId(roomKey);
    if (id === undefined || seq < 1) return;
    this.#statements.delete.run(segmentNumber(id, 0), segmentNumber(id, seq));
  }

  /** Number of the last message of a room; 0 if there was none. */
  lastSeq(roomKey: string): number {
    const id = this.#findId(roomKey);
    if (id === undefined) return 0;
    const row = this.#statements.lastSeq.get(segmentNumber(id, 0), segmentNumber(id, MAX_SEQ));
    return Number(row?.last_seq ?? 0);
  }

  /** The segments of a room that have messages above a number, oldest first. */
  *oldestFirst(roomKey: string, after: number): Iterable<Segment> {
    const id = this.#findId(roomKey);
    if (id === undefined) return;
    const first = segmentNumber(id, Math.max(0, after + 1));
    const rows = this.#statements.oldestFirst.iterate(first, segmentNumber(id, MAX_SEQ));
    for (const row of rows) yield toSegment(row);
  }

  /** The segments of a room that have messages below a number, newest first. */
  *newestFirst(roomKey: string, before: number): Iterable<Segment> {
    const id = this.#findId(roomKey);
    if (id === undefined) return;
    const rows = this.#statements.newestFirst.iterate(
      segmentNumber(id, 0),
      segmentNumber(id, Math.min(MAX_SEQ, Math.max(0, before))),
      segmentNumber(id, MAX_SEQ),
    );
    for (const row of rows) {
      const segment = toSegment(row);
      if (segment.firstSeq < before) yield segment;
    }
  }

  /** Forgets what was remembered: a transaction in which rooms were added was rolled back. */
  rolledBack(): void {
    this.#ids.clear();
  }

  #findId(roomKey: string): bigint | undefined {
    const remembered = this.#ids.get(roomKey);
    if (remembered !== undefined) return remembered;
    const row = this.#statements.findRoom.get(roomKey);
    return row === undefined ? undefined : this.#remember(roomKey, BigInt(Number(row.id)));
  }

  #addRoom(roomKey: string): bigint {
    const { lastInsertRowid } = this.#statements.addRoom.run(roomKey);
    return this.#remember(roomKey, BigInt(lastInsertRowid));
  }

  #remember(roomKey: string, id: bigint): bigint {
    if (this.#ids.size >= MAX_REMEMBERED_IDS) this.#ids.clear();
    this.#ids.set(roomKey, id);
    return id;
  }
}

/** Above every number of a message: 2^40 - 1. */
const MAX_SEQ = 0xff_ffff_ffff;

function segmentNumber(roomId: bigint, lastSeq: number): bigint {
  return (roomId << 40n) + BigInt(lastSeq);
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
