import { rmSync } from "node:fs";
import {
  isFound,
  mayBeFound,
  type MessageFrame,
  nameKey,
  readableText,
  type SearchTerm,
} from "../../protocol/mod.ts";
import { createFile } from "./database.ts";
import { HistoryReader } from "./history_reader.ts";
import { MAX_SEQ, messagesOf, type Segment, textOf } from "./segment.ts";
import { openSqlite } from "./sqlite.ts";
import type { SearchResult } from "./store.ts";
import { BUSY_MILLISECONDS, type IndexedRange, WordIndex } from "./word_index.ts";

/** A search in one room. */
export interface RoomQuery {
  /** The room's row. */
  readonly room: bigint;
  readonly terms: readonly SearchTerm[];
  /** Only messages with numbers between these, both excluded. */
  readonly after: number;
  readonly before: number;
  /** Maximum number of messages. */
  readonly limit: number;
  /** Keys of the names whose messages are left out. */
  readonly ignored: ReadonlySet<string>;
}

/** Maximum time of one search, in milliseconds: some 1,500,000 messages without the index (measured). */
const SEARCH_MILLISECONDS = 2000;

/**
 * Searches the history of a database, with an index of its words in a file of its own (SQLite FTS5).
 *
 * The file of the history is only read here, so that messages are stored as fast as without a search.
 *
 * 1. The index is made by searching: {@link update} adds the messages of the rooms that were searched. A
 *    server on which no user searches has none.
 * 2. Newer messages than those of the index are searched one by one, so that each search is complete.
 * 3. What the index finds are candidates: they are read from the history and compared, as phrases need it.
 *    So an index that is wrong may leave out messages, but never invents any.
 * 4. The index may be deleted at any time. A damaged one is made again.
 * 5. Words of messages that the history has lost are removed with the next {@link update}.
 */
export class HistorySearch {
  #index: WordIndex | undefined;
  readonly #searched = new Set<bigint>();

  /** @param monotonic milliseconds. */
  constructor(
    private readonly historyPath: string,
    private readonly indexPath: string,
    private readonly monotonic: () => number,
  ) {}

  /** Searches a room, from its newest message on. @throws SQLite's error when the history cannot be read. */
  search(query: RoomQuery): SearchResult {
    const start = this.monotonic();
    this.#searched.add(query.room);
    const search = new RoomSearch(query, start + SEARCH_MILLISECONDS, this.monotonic);
    this.#withHistory((history) => {
      if (this.#searchIndexed(search, query.room, history)) search.scan(history, 0);
    });
    return { ...search.result(), milliseconds: this.monotonic() - start };
  }

  /** Searches down to the oldest message in the index. @returns whether to continue below it. */
  #searchIndexed(search: RoomSearch, room: bigint, history: HistoryReader): boolean {
    try {
      const index = this.#open();
      const range = index?.rangeOf(room, history);
      if (index === undefined || range === undefined) return true;
      return search.scan(history, range.last) && search.look(index, history, range);
    } catch {
      // Either file: if it is the history, it is read again.
      this.#discard();
      return true;
    }
  }

  /**
   * Adds messages to the index, and removes those that the history has lost, for about that time.
   *
   * @returns whether there is more to do. On an error there is not, until the next search.
   */
  update(milliseconds: number): boolean {
    const deadline = this.monotonic() + milliseconds;
    try {
      return this.#withHistory((history) => {
        const index = this.#open();
        if (index === undefined) return false;
        const rooms = new Set([...this.#searched, ...index.rooms()]);
        for (const room of rooms) {
          if (index.updateRoom(room, history, () => this.monotonic() < deadline)) return true;
          this.#searched.delete(room);
        }
        return false;
      });
    } catch {
      // A full or damaged disk: messages are searched one by one.
      this.#discard();
      return false;
    }
  }

  close(): void {
    this.#index?.database.close();
    this.#index = undefined;
  }

  /** Opens the history for a moment only: a reader that stays keeps the log from starting again. */
  #withHistory<Result>(work: (history: HistoryReader) => Result): Result {
    const database = openSqlite(this.historyPath, { readOnly: true, timeout: BUSY_MILLISECONDS });
    try {
      return work(new HistoryReader(database));
    } finally {
      database.close();
    }
  }

  /** The index; a damaged one is deleted. `undefined` when it cannot be made. */
  #open(): WordIndex | undefined {
    for (let attempt = 0; attempt < 2 && this.#index === undefined; attempt++) {
      try {
        createFile(this.indexPath);
        this.#index = WordIndex.open(this.indexPath);
      } catch {
        this.#discard();
      }
    }
    return this.#index;
  }

  #discard(): void {
    try {
      this.close();
      for (const end of ["", "-wal", "-shm"]) rmSync(this.indexPath + end, { force: true });
    } catch {
      // The next search tries again.
    }
  }
}

/** The state of one search. */
class RoomSearch {
  /** The newest first. */
  readonly #found: MessageFrame[] = [];
  /** All messages from this number on were searched. */
  #reached: number;
  #isAll = false;

  constructor(
    private readonly query: RoomQuery,
    private readonly deadline: number,
    private readonly monotonic: () => number,
  ) {
    this.#reached = Math.min(query.before, MAX_SEQ + 1);
  }

  /** Compares the messages above a number one by one. @returns whether to continue below it. */
  scan(history: HistoryReader, end: number): boolean {
    const floor = Math.max(end, this.query.after);
    for (const segment of history.newestFirst(this.query.room, this.#reached)) {
      if (segment.lastSeq <= floor) break;
      if (!this.#scanSegment(segment, floor)) return false;
      this.#reached = Math.max(segment.firstSeq, floor + 1);
      if (this.monotonic() >= this.deadline) return false;
    }
    this.#isAll = floor === this.query.after || end === 0;
    return !this.#isAll;
  }

  /** Reads the candidates of the index. @returns whether to continue below its range. */
  look(index: WordIndex, history: HistoryReader, { first, last }: IndexedRange): boolean {
    const floor = Math.max(first - 1, this.query.after);
    this.#reached = Math.min(this.#reached, last + 1);
    const { room, terms } = this.query;
    for (const seq of index.candidates(room, terms, floor, this.#reached)) {
      const message = history.message(room, seq);
      this.#reached = seq;
      if (message !== undefined && !this.#add(message)) return false;
      if (this.monotonic() >= this.deadline) return false;
    }
    this.#reached = Math.min(this.#reached, floor + 1);
    return true;
  }

  result(): Omit<SearchResult, "milliseconds"> {
    const messages = this.#found.toReversed();
    const isAll = this.#isAll || this.#reached <= this.query.after + 1;
    return isAll ? { messages } : { messages, before: this.#reached };
  }

  #scanSegment(segment: Segment, floor: number): boolean {
    // Escapes of a segment concern no letters.
    if (!mayBeFound(textOf(segment), this.query.terms)) return true;
    const messages = messagesOf(segment, floor, this.#reached);
    for (const { message } of messages.reverse()) {
      if (this.#add(message)) continue;
      this.#reached = message.seq;
      return false;
    }
    return true;
  }

  /** Adds a message if it is searched for. @returns whether more are wanted. */
  #add(message: MessageFrame): boolean {
    const { terms, ignored, limit } = this.query;
    if (isFound(readableText(message), terms) && !ignored.has(nameKey(message.from))) {
      this.#found.push(message);
    }
    return this.#found.length < limit;
  }
}
