import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Rows by a key, on which bans, mutes and topics are implemented once: a `Map` in memory,
 * `SqliteRows` in a database. */
export interface Rows<Row> {
  get(key: string): Row | undefined;
  values(): Iterable<Row>;
  set(key: string, row: Row): unknown;
  /** @returns whether the row existed. */
  delete(key: string): boolean;
  readonly size: number;
}

/**
 * The rows of a table with two columns, a key and a row as JSON. All of them are in memory and
 * written behind: reads never fail, and changes during a full disk are written later. For tables that
 * stay small.
 */
export class SqliteRows<Row> implements Rows<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #changed = new Set<string>();
  /** Keys of the rows in the database. */
  readonly #stored = new Set<string>();
  readonly #write: StatementSync;
  readonly #erase: StatementSync;
  readonly #selectKeys: StatementSync;

  constructor(database: DatabaseSync, table: string, column: string) {
    this.#write = database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`);
    this.#erase = database.prepare(`DELETE FROM ${table} WHERE key = ?`);
    this.#selectKeys = database.prepare(`SELECT key FROM ${table}`);
    for (const record of database.prepare(`SELECT * FROM ${table}`).iterate()) {
      const fields = record as Record<string, unknown>;
      this.#rows.set(fields.key as string, JSON.parse(fields[column] as string) as Row);
      this.#stored.add(fields.key as string);
    }
  }

  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  get size(): number {
    return this.#rows.size;
  }

  values(): Iterable<Row> {
    return this.#rows.values();
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  set(key: string, row: Row): void {
    this.#rows.set(key, row);
    this.#changed.add(key);
  }

  delete(key: string): boolean {
    const existed = this.#rows.delete(key);
    // A row that is added and removed while the disk is full leaves nothing to write.
    if (this.#stored.has(key)) this.#changed.add(key);
    else this.#changed.delete(key);
    return existed;
  }

  /** Keys of the rows that another process has removed from the database. */
  removedElsewhere(): string[] {
    const present = new Set(this.#selectKeys.all().map(({ key }) => key));
    return [...this.#stored].filter((key) => !present.has(key) && !this.#changed.has(key));
  }

  /** Writes the changes; within a transaction. */
  write(): void {
    for (const key of this.#changed) {
      const row = this.#rows.get(key);
      if (row === undefined) this.#erase.run(key);
      else this.#write.run(key, JSON.stringify(row));
    }
  }

  /** Forgets the changes: the transaction succeeded. */
  written(): void {
    for (const key of this.#changed) {
      if (this.#rows.has(key)) this.#stored.add(key);
      else this.#stored.delete(key);
    }
    this.#changed.clear();
  }
}

export interface Topic {
  readonly text: string;
  readonly by: string;
  /** Unix milliseconds. */
  readonly time: number;
}

/** The topics of the rooms, in rows of the keys of rooms. */
export class Topics {
  /** @param onSet receives the key of a room that has a topic now. */
  constructor(
    private readonly rows: Rows<Topic>,
    private readonly onSet: (roomKey: string) => void = () => {},
  ) {}

  find(roomKey: string): Topic | undefined {
    return this.rows.get(roomKey);
  }

  /** Sets a topic, or with `undefined` removes it. */
  save(roomKey: string, topic: Topic | undefined): void {
    if (topic === undefined) return void this.rows.delete(roomKey);
    this.rows.set(roomKey, topic);
    this.onSet(roomKey);
  }
}
