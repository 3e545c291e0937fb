import type { DatabaseSync } from "node:sqlite";
import type { MessageFrame } from "../../protocol/mod.ts";
import { messagesOf, type Segment } from "./segment.ts";
import { SqliteSegments } from "./sqlite_history.ts";

/** The messages of the history, by the row of their room. */
export class HistoryReader {
  readonly #segments: SqliteSegments;

  constructor(database: DatabaseSync) {
    this.#segments = new SqliteSegments(database, { idOf: BigInt });
  }

  oldestFirst(room: bigint, after: number): Iterable<Segment> {
    return this.#segments.oldestFirst(String(room), after);
  }

  newestFirst(room: bigint, before: number): Iterable<Segment> {
    return this.#segments.newestFirst(String(room), before);
  }

  /** The message with a number, if it is stored. */
  message(room: bigint, seq: number): MessageFrame | undefined {
    for (const segment of this.oldestFirst(room, seq - 1)) {
      return messagesOf(segment, seq - 1, seq + 1)[0]?.message;
    }
  }

  /** Number of the oldest message; 0 for none. */
  firstSeq(room: bigint): number {
    for (const { firstSeq } of this.oldestFirst(room, 0)) return firstSeq;
    return 0;
  }
}
