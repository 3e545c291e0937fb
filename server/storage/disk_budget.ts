import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PAGE_BYTES } from "./checkpointer.ts";
import { MAX_SEQ, segmentNumber } from "./segment.ts";
import type { SegmentCleaner } from "./segment_cleaner.ts";

/** Written bytes between two checks of the size; one takes some 20 us. */
const CHECK_BYTES = 1024 * 1024;

/** Rooms whose sizes are read with one commit: each takes some 20 us, a thousand of them would block
 * the server for 20 ms (measured). */
const ROOMS_PER_COMMIT = 32;

/** Share of its messages that the largest room loses at a time. */
const TRIMMED_SHARE = 1 / 8;

interface RoomSize {
  readonly id: bigint;
  /** Last message of its oldest segment. */
  readonly oldestEnd: number;
  readonly lastSeq: number;
  /** Estimate, from the number of messages and their size in the newest segment. */
  readonly bytes: number;
}

interface Search {
  lastId: number;
  largest: RoomSize | undefined;
}

/**
 * Bounds the size of the database: past the limit, the largest room loses its oldest messages, until
 * the size is below it.
 *
 * Used pages are counted. SQLite writes to free pages first, so that the file does not grow.
 */
export class DiskBudget {
  #written = CHECK_BYTES;
  #search: Search | undefined;
  readonly #statements: Record<"pages" | "freePages" | "rooms" | "first" | "last", StatementSync>;

  /** @param limitBytes maximum size of the database without its log. */
  constructor(
    database: DatabaseSync,
    private readonly limitBytes: number,
    private readonly cleaner: Pick<SegmentCleaner, "isDone" | "trim">,
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

  /** Size of the used pages, in bytes. */
  get usedBytes(): number {
    const pages = Number(this.#statements.pages.get()?.page_count);
    const free = Number(this.#statements.freePages.get()?.freelist_count);
    return (pages - free) * PAGE_BYTES;
  }

  /** Checks the size from time to time, and trims the largest room. @param bytes written ones. */
  committed(bytes: number): void {
    this.#written += bytes;
    if (this.#written < CHECK_BYTES || !this.cleaner.isDone) return;
    try {
      if (this.#trim()) return;
    } catch {
      // A damaged disk: the store reports it when it reads or writes messages.
    }
    this.#written = 0;
    this.#search = undefined;
  }

  /** @returns whether to continue with the next commit. */
  #trim(): boolean {
    if (this.usedBytes <= this.limitBytes) return false;
    const search = this.#search ??= { lastId: 0, largest: undefined };
    if (this.#searchOn(search)) return true;
    this.#search = undefined;
    if (search.largest === undefined) return false;
    const { id, oldestEnd, lastSeq } = search.largest;
    // At least one segment is deleted. The newest stays, and with it the number of the last message.
    this.cleaner.trim(id, oldestEnd + Math.floor((lastSeq - oldestEnd - 1) * TRIMMED_SHARE));
    // The deletion takes a while, and may not suffice.
    return true;
  }

  /** Reads the sizes of the next rooms. @returns whether more follow. */
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
