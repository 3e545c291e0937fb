import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../scheduling/clock.ts";
import { MAX_SEQ, segmentNumber } from "./segment.ts";

/** Milliseconds of one slice before its commit, which writes the pages. */
const SLICE_MILLISECONDS = 0.5;

/** Milliseconds between two slices, and after one that failed. */
const PAUSE_MILLISECONDS = 20;
const RETRY_MILLISECONDS = 1000;

/**
 * Deletes segments in slices, so that a room with 100,000 messages does not block the server.
 *
 * A slice is a transaction of about {@link SLICE_MILLISECONDS}; it deletes at least one segment.
 * Segments that remain when the server stops are deleted later: those of rooms after the next start,
 * by their key, old messages when the room is trimmed next.
 */
export class SegmentCleaner {
  /** By room: the number up to which its messages are deleted. */
  readonly #jobs = new Map<bigint, number>();
  readonly #statements: Record<"next" | "delete" | "deleteRoom", StatementSync>;
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;

  /** @param onDeleted receives an estimate of the bytes that a slice has deleted. */
  constructor(
    private readonly database: DatabaseSync,
    private readonly timer: Pick<Clock, "monotonic" | "after">,
    private readonly onDeleted: (bytes: number) => void = () => {},
  ) {
    this.#statements = {
      next: database.prepare(
        `SELECT segment, length(body) AS bytes FROM segments WHERE segment BETWEEN ? AND ?
         ORDER BY segment LIMIT 16`,
      ),
      delete: database.prepare("DELETE FROM segments WHERE segment = ?"),
      deleteRoom: database.prepare("DELETE FROM rooms WHERE id = ?"),
    };
    this.#statements.next.setReadBigInts(true);
  }

  get isDone(): boolean {
    return this.#jobs.size === 0;
  }

  /** Deletes the segments of a room that have no message above a number. */
  trim(room: bigint, upTo: number): void {
    this.#add(room, upTo);
  }

  /** Deletes a room that has lost its key, with its segments. */
  deleteRoom(room: bigint): void {
    this.#add(room, MAX_SEQ);
  }

  /** Deletes for up to that time, and stops. */
  close(milliseconds: number): void {
    this.#cancelTimer?.();
    const end = this.timer.monotonic() + milliseconds;
    while (!this.isDone && this.timer.monotonic() < end && this.#slice());
    this.#isClosed = true;
  }

  #add(room: bigint, upTo: number): void {
    this.#jobs.set(room, Math.max(upTo, this.#jobs.get(room) ?? 0));
    this.#schedule(PAUSE_MILLISECONDS);
  }

  #schedule(milliseconds: number): void {
    if (this.#isClosed || this.isDone || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.timer.after(milliseconds, () => {
      this.#cancelTimer = undefined;
      this.#schedule(this.#slice() ? PAUSE_MILLISECONDS : RETRY_MILLISECONDS);
    });
  }

  /** @returns whether it succeeded. */
  #slice(): boolean {
    const end = this.timer.monotonic() + SLICE_MILLISECONDS;
    const finished: bigint[] = [];
    let bytes = 0;
    try {
      this.database.exec("BEGIN");
      for (const [room, upTo] of this.#jobs) {
        const done = this.#clean(room, upTo, end);
        bytes += done.bytes;
        if (!done.isAll) break;
        finished.push(room);
        if (this.timer.monotonic() >= end) break;
      }
      this.database.exec("COMMIT");
    } catch {
      // A full or damaged disk: the store reports it with its own writes.
      try {
        if (this.database.isTransaction) this.database.exec("ROLLBACK");
      } catch {
        // The next attempt starts again.
      }
      return false;
    }
    for (const room of finished) this.#jobs.delete(room);
    this.onDeleted(bytes);
    return true;
  }

  /** @returns the deleted bytes, and whether the job is done. */
  #clean(room: bigint, upTo: number, end: number): { bytes: number; isAll: boolean } {
    let total = 0;
    for (;;) {
      const rows = this.#statements.next.all(segmentNumber(room, 0), segmentNumber(room, upTo));
      if (rows.length === 0) break;
      for (const { segment, bytes } of rows as { segment: bigint; bytes: bigint }[]) {
        this.#statements.delete.run(segment);
        total += Number(bytes);
        if (this.timer.monotonic() >= end) return { bytes: total, isAll: false };
      }
    }
    if (upTo === MAX_SEQ) this.#statements.deleteRoom.run(room);
    return { bytes: total, isAll: true };
  }
}
