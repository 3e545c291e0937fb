import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Prefix of the key of a room whose messages are being deleted. Names of rooms have no spaces. */
const DELETED = "deleted room ";

/** A room with messages or a topic. */
interface Entry {
  /** Its row; absent until the next commit. */
  id: bigint | undefined;
  usedAt: number;
}

/**
 * The rooms with messages or a topic, and the time of their last use.
 *
 * All of them are in memory, about 100 bytes per room, and written behind.
 *
 * A deleted room loses its key at once, and its messages later: see {@link SegmentCleaner}. Its row
 * stays until then, so that no new room gets the same id.
 */
export class SqliteRooms {
  readonly #rooms = new Map<string, Entry>();
  /** Rooms that are new or were used. */
  readonly #changed = new Set<string>();
  /** Rows of the rooms to delete with the next commit. */
  readonly #forgotten = new Set<bigint>();
  /** Entries that got their row in a transaction that has not ended. */
  #added: Entry[] = [];
  readonly #statements: Record<"add" | "use" | "forget", StatementSync>;

  /**
   * @param now Unix milliseconds.
   * @param onForgotten receives the row of a room whose messages are to be deleted.
   */
  constructor(
    database: DatabaseSync,
    private readonly now: () => number,
    private readonly onForgotten: (id: bigint) => void,
  ) {
    this.#statements = {
      add: database.prepare("INSERT INTO rooms (key, used_at) VALUES (?, ?)"),
      use: database.prepare("UPDATE rooms SET used_at = ? WHERE id = ?"),
      forget: database.prepare("UPDATE rooms SET key = ? WHERE id = ?"),
    };
    for (const row of database.prepare("SELECT id, key, used_at FROM rooms").iterate()) {
      const { id, key, used_at } = row as { id: number; key: string; used_at: number };
      if (key.startsWith(DELETED)) onForgotten(BigInt(id));
      else this.#rooms.set(key, { id: BigInt(id), usedAt: used_at });
    }
  }

  get size(): number {
    return this.#rooms.size;
  }

  has(key: string): boolean {
    return this.#rooms.has(key);
  }

  /** Time of the last use in Unix milliseconds; `undefined` for a room that is not stored. */
  usedAt(key: string): number | undefined {
    return this.#rooms.get(key)?.usedAt;
  }

  /** Sets the time of the last use of a stored room to now. */
  use(key: string): void {
    const room = this.#rooms.get(key);
    if (room === undefined) return;
    room.usedAt = this.now();
    this.#changed.add(key);
  }

  /** The keys of the rooms whose last use was before that time (Unix milliseconds). */
  *unusedSince(time: number): Iterable<string> {
    for (const [key, { usedAt }] of this.#rooms) if (usedAt < time) yield key;
  }

  /** Adds a room that has its first message or topic. */
  add(key: string): void {
    if (this.#rooms.has(key)) return;
    this.#rooms.set(key, { id: undefined, usedAt: this.now() });
    this.#changed.add(key);
  }

  /** The room's row; `undefined` before its first commit. */
  idOf(key: string): bigint | undefined {
    return this.#rooms.get(key)?.id;
  }

  /** Deletes the room; its messages follow after the next commit. */
  forget(key: string): void {
    const id = this.idOf(key);
    if (id !== undefined) this.#forgotten.add(id);
    this.#rooms.delete(key);
    this.#changed.delete(key);
  }

  get isChanged(): boolean {
    return this.#changed.size > 0 || this.#forgotten.size > 0;
  }

  /** Writes the changes; within a transaction, before parts that refer to the rows. */
  write(): void {
    const { add, use, forget } = this.#statements;
    for (const id of this.#forgotten) forget.run(DELETED + id, id);
    for (const key of this.#changed) {
      const room = this.#rooms.get(key)!;
      const usedAt = Math.round(room.usedAt);
      if (room.id !== undefined) {
        use.run(usedAt, room.id);
        continue;
      }
      room.id = BigInt(add.run(key, usedAt).lastInsertRowid);
      this.#added.push(room);
    }
  }

  /** Forgets the changes: the transaction succeeded. */
  written(): void {
    this.#added = [];
    this.#changed.clear();
    for (const id of this.#forgotten) this.onForgotten(id);
    this.#forgotten.clear();
  }

  /** Removes the new rows from their entries: the transaction failed. */
  rolledBack(): void {
    for (const room of this.#added) room.id = undefined;
    this.#added = [];
  }
}
