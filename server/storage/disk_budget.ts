import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PAGE_BYTES } from "./checkpointer.ts";
import { MAX_SEQ, segmentNumber } from "./segment.ts";

/** Bytes written after which the size is looked at, which takes some 20 us. */
const LOOK_BYTES = 1024 * 1024;

/** Rooms whose sizes are looked up with one commit: each takes some 20 us, a thousand of them would stop
 * the chat for 20 ms (measured). */
const ROOMS_PER_COMMIT = 32;

/** Share of its messages that the largest room loses at a time. */
const TRIMMED_SHARE = 1 / 8;

/** What a {@link DiskBudget} needs of the cleaner. */
export interface Trimmer {
  /** Whether there is nothing left to delete. */
  readonly isDone: boolean;
  /** Deletes the messages of a room up to a number. */
  trim(room: bigint, upTo: number): void;
}

/** A room as the database has it. */
interface RoomSize {
  readonly id: bigint;
  /** Last message of its oldest segment. */
  readonly oldestEnd: number;
  readonly lastSeq: number;
  /** Estimated from the number of its messages and the size of those in its newest segment. */
  readonly bytes: number;
}

/** The search for the largest room, as far as it has come. */
interface Search {
  lastId: number;
  largest: RoomSize | undefined;
}

/**
 * Bounds what the database takes on the disk: past the limit, the largest room loses its oldest
 * messages, until there is room again.
 *
 * The pages that the database uses are what counts. It keeps those that become free, and writes to
 * them next, so that the file does not grow.
 */
export class DiskBudget {
  #written = LOOK_BYTES;
  #search: Search | undefined;
  readonly #statements: Record<"pages" | "freePages" | "rooms" | "first" | "last", StatementSync>;

  /** @param limitBytes bytes that the database may use, without its log. */
  constructor(
    database: DatabaseSync,
    private readonly limitBytes: number,
    private readonly trimmer: Trimmer,
  ) {
    const edge = (direction: "ASC" | "DESC") =>
      database.prepare(
        `SELECT first_seq, last_seq, length(body) AS bytes FROM segments
         WHERE segment BETWEEN ? AND ? ORDER BY segment ${direction} LIMIT 1`,
      );
    this.#statements = {
      pages: database.prepare("PRAGMA page_count"),
      freePages: database.prepare("PRAGMA freelist_count"),
      rooms: database.prepare(
        `SELECT id FROM rooms WHERE id > ? ORDER BY id LIMIT ${ROOMS_PER_COMMIT}`,
      ),
      first: edge("ASC"),
      last: edge("DESC"),
    };
  }

  /** Bytes that the database uses now. */
  get usedBytes(): number {
    const pages = Number(this.#statements.pages.get()?.page_count);
    const free = Number(this.#statements.freePages.get()?.freelist_count);
    return (pages - free) * PAGE_BYTES;
  }

  /** So many bytes were written: looks at the size now and then, and trims the largest room. */
  committed(bytes: number): void {
    this.#written += bytes;
    if (this.#written < LOOK_BYTES || !this.trimmer.isDone) return;
    try {
      if (this.#trim()) return;
    } catch {
      // A damaged disk: the store reports that where it reads or writes messages.
    }
    this.#written = 0;
    this.#search = undefined;
  }

  /** @returns whether to look again with the next commit. */
  #trim(): boolean {
    if (this.usedBytes <= this.limitBytes) return false;
    const search = this.#search ??= { lastId: 0, largest: undefined };
    if (this.#searchOn(search)) return true;
    this.#search = undefined;
    if (search.largest === undefined) return false;
    const { id, oldestEnd, lastSeq } = search.largest;
    // At least a segment goes. The newest one stays, and with it the number of the last message.
    this.trimmer.trim(id, oldestEnd + Math.floor((lastSeq - oldestEnd - 1) * TRIMMED_SHARE));
    // What is deleted takes a while, and may not be enough.
    return true;
  }

  /** Looks up the next rooms. @returns whether there are more. */
  #searchOn(search: Search): boolean {
    const ids = this.#statements.rooms.all(search.lastId).map(({ id }) => Number(id));
    for (const id of ids) {
      const size = this.#sizeOf(BigInt(id));
      if (size !== undefined && size.bytes > (search.largest?.bytes ?? 0)) search.largest = size;
    }
    search.lastId = ids.at(-1) ?? search.lastId;
    return ids.length === ROOMS_PER_COMMIT;
  }

  #sizeOf(id: bigint): RoomSize | undefined {
    const bounds = [segmentNumber(id, 0), segmentNumber(id, MAX_SEQ)] as const;
    const first = this.#statements.first.get(...bounds);
    const last = this.#statements.last.get(...bounds);
    if (first === undefined || last === undefined) return undefined;
    const [firstSeq, oldestEnd] = [Number(first.first_seq), Number(first.last_seq)];
    const lastSeq = Number(last.last_seq);
    if (oldestEnd === lastSeq) return undefined;
    const perMessage = Number(last.bytes) / (lastSeq - Number(last.first_seq) + 1);
    return { id, oldestEnd, lastSeq, bytes: perMessage * (lastSeq - firstSeq + 1) };
  }
}
