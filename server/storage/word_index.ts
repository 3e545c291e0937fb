import type { DatabaseSync, StatementSync } from "node:sqlite";
import { readableText, type SearchTerm, searchWords } from "../../protocol/mod.ts";
import type { HistoryReader } from "./history_reader.ts";
import { MAX_SEQ, messagesOf, segmentNumber } from "./segment.ts";
import { openSqlite } from "./sqlite.ts";

/** Messages that are deleted from the index, in one step. */
const DELETED_PER_STEP = 256;

/** Maximum time that a read or a write waits for another one. */
export const BUSY_MILLISECONDS = 1000;

/** The part of a room that is in the index: all messages from `first` to `last`. */
export interface IndexedRange {
  readonly first: number;
  readonly last: number;
  /** Time of the last one in Unix milliseconds. */
  readonly time: number;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS rooms (
    room INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, time INTEGER NOT NULL
  ) STRICT;
  -- The row of a message has the number of a segment that ends with it, see segment.ts. The words are
  -- those of searchWords(), so that SQLite and this program never differ in what a word is.
  CREATE VIRTUAL TABLE IF NOT EXISTS messages USING fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
  );
`;

/** The words of the messages of the rooms that were searched, in a file (SQLite FTS5). */
export class WordIndex {
  readonly #statements: Record<
    "rooms" | "range" | "setRange" | "forget" | "candidates" | "add" | "remove",
    StatementSync
  >;

  /** @throws SQLite's error when the file is damaged or belongs to another program. */
  static open(path: string): WordIndex {
    const database = openSqlite(path, { timeout: BUSY_MILLISECONDS });
    try {
      database.exec(SCHEMA);
      return new WordIndex(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(readonly database: DatabaseSync) {
    this.#statements = {
      rooms: database.prepare("SELECT room FROM rooms"),
      range: database.prepare("SELECT first, last, time FROM rooms WHERE room = ?"),
      setRange: database.prepare("INSERT OR REPLACE INTO rooms VALUES (?, ?, ?, ?)"),
      forget: database.prepare("DELETE FROM rooms WHERE room = ?"),
      candidates: database.prepare(
        `SELECT rowid AS number FROM messages WHERE messages MATCH ? AND rowid BETWEEN ? AND ?
         ORDER BY rowid DESC`,
      ),
      add: database.prepare("INSERT INTO messages (rowid, words) VALUES (?, ?)"),
      remove: database.prepare("DELETE FROM messages WHERE rowid = ?"),
    };
    this.#statements.rooms.setReadBigInts(true);
    this.#statements.candidates.setReadBigInts(true);
  }

  rooms(): bigint[] {
    return this.#statements.rooms.all().map(({ room }) => room as bigint);
  }

  /** The indexed part of a room; `undefined` for none, or for that of a deleted room with the same row. */
  rangeOf(room: bigint, history: HistoryReader): IndexedRange | undefined {
    const range = this.#range(room);
    if (range === undefined || history.message(room, range.last)?.time !== range.time) return;
    return range;
  }

  /** Numbers of messages that have all words, the newest first. */
  *candidates(
    room: bigint,
    terms: readonly SearchTerm[],
    after: number,
    before: number,
  ): Iterable<number> {
    if (before - 1 <= after) return;
    const rows = this.#statements.candidates.iterate(
      expressionOf(terms),
      segmentNumber(room, after + 1),
      segmentNumber(room, before - 1),
    );
    for (const { number } of rows) yield Number((number as bigint) & BigInt(MAX_SEQ));
  }

  /** Adds and removes messages of a room while there is time. @returns whether more remains. */
  updateRoom(room: bigint, history: HistoryReader, hasTime: () => boolean): boolean {
    const { database } = this;
    database.exec("BEGIN");
    try {
      const isDone = this.#removeLost(room, history, hasTime) &&
        this.#addNew(room, history, hasTime);
      database.exec("COMMIT");
      return !isDone;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  #range(room: bigint): IndexedRange | undefined {
    return this.#statements.range.get(room) as IndexedRange | undefined;
  }

  #removeLost(room: bigint, history: HistoryReader, hasTime: () => boolean): boolean {
    const range = this.#range(room);
    if (range === undefined) return true;
    const isLost = this.rangeOf(room, history) === undefined;
    const end = isLost ? range.last + 1 : Math.min(history.firstSeq(room), range.last + 1);
    let { first } = range;
    while (first < end) {
      const stop = Math.min(first + DELETED_PER_STEP, end);
      for (; first < stop; first++) this.#statements.remove.run(segmentNumber(room, first));
      this.#statements.setRange.run(room, first, range.last, range.time);
      if (first < end && !hasTime()) return false;
    }
    if (isLost) this.#statements.forget.run(room);
    return true;
  }

  #addNew(room: bigint, history: HistoryReader, hasTime: () => boolean): boolean {
    const range = this.#range(room);
    const last = range?.last ?? 0;
    for (const segment of history.oldestFirst(room, last)) {
      const messages = messagesOf(segment, last, Infinity);
      for (const { message } of messages) {
        const words = searchWords(readableText(message)).join(" ");
        this.#statements.add.run(segmentNumber(room, message.seq), words);
      }
      const { message } = messages.at(-1) ?? {};
      if (message === undefined) continue;
      const first = this.#range(room)?.first ?? segment.firstSeq;
      this.#statements.setRange.run(room, first, message.seq, message.time);
      if (!hasTime()) return false;
    }
    return true;
  }
}

/** The expression of FTS5 for messages with all words; words have letters and digits only. */
function expressionOf(terms: readonly SearchTerm[]): string {
  const words = terms.flatMap(({ words, isPrefix }) =>
    words.map((word, index) => `"${word}"` + (isPrefix && index === words.length - 1 ? " *" : ""))
  );
  return [...new Set(words)].join(" AND ");
}
