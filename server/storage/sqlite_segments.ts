import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Segment } from "./segment.ts";
import type { SqliteRooms } from "./sqlite_rooms.ts";

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
      // The segment in which `before` is, or else the last one, is the first to look at.
      newestFirst: database.prepare(
        `${select} WHERE segment BETWEEN ?1 AND coalesce(
           (SELECT min(segment) FROM segments WHERE segment BETWEEN ?2 AND ?3), ?3
         ) ORDER BY segment DESC`,
      ),
    };
  }

  /** Adds a segment that is newer than all others of its room. The room has a row. */
  insert(roomKey: string, segment: Segment): void {
    const { firstSeq, lastSeq, firstTime, lastTime, body } = segment;
    const number = segmentNumber(this.rooms.idOf(roomKey)!, lastSeq);
    // A fraction would be refused, and with it everything, for ever.
    const times = [Math.floor(firstTime), Math.ceil(lastTime)] as const;
    this.#statements.insert.run(number, firstSeq, lastSeq, ...times, body);
  }

  /** Number of the last message of a room; 0 if there was none. */
  lastSeq(roomKey: string): number {
    const id = this.rooms.idOf(roomKey);
    if (id === undefined) return 0;
    const row = this.#statements.lastSeq.get(segmentNumber(id, 0), segmentNumber(id, MAX_SEQ));
    return Number(row?.last_seq ?? 0);
  }

  /** The segments of a room that have messages above a number, oldest first. */
  *oldestFirst(roomKey: string, after: number): Iterable<Segment> {
    const id = this.rooms.idOf(roomKey);
    if (id === undefined) return;
    const first = segmentNumber(id, Math.max(0, after + 1));
    const rows = this.#statements.oldestFirst.iterate(first, segmentNumber(id, MAX_SEQ));
    for (const row of rows) yield toSegment(row);
  }

  /** The segments of a room that have messages below a number, newest first. */
  *newestFirst(roomKey: string, before: number): Iterable<Segment> {
    const id = this.rooms.idOf(roomKey);
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
}

/** Above every number of a message: 2^40 - 1. */
export const MAX_SEQ = 0xff_ffff_ffff;

/** Number of the segment of a room whose last message has that number. */
export function segmentNumber(roomId: bigint, lastSeq: number): bigint {
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
