import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MemorySessions } from "./memory_sessions.ts";
import { type Sessions, type StoredSession, type StoredWhisper, WHISPERS_KEPT } from "./store.ts";

/** Whispers of a session after which the oldest are deleted from the database. */
const WHISPERS_A_CUT = 64;

/**
 * The sessions that may be resumed, in SQLite.
 *
 * They are few and short-lived, so all of them are in memory, and the database is written behind:
 * whatever changed is marked, and {@link write} looks up what it has become. So nothing piles up
 * while the database cannot be written to.
 */
export class SqliteSessions implements Sessions {
  readonly #memory: MemorySessions;
  /** Sessions that were saved or removed. */
  readonly #changed = new Set<number>();
  /** Sessions that the database knows. */
  readonly #stored = new Set<number>();
  /** Receivers of new whispers, with the number of the first of them. */
  readonly #newWhispers = new Map<number, number>();
  #storedNumber: number;
  readonly #statements: Record<
    "saveNumber" | "save" | "remove" | "saveWhisper" | "cutWhispers",
    StatementSync
  >;

  constructor(database: DatabaseSync) {
    // A whisper to a session that is not there any more has nobody to read it.
    database.exec("DELETE FROM whispers WHERE receiver NOT IN (SELECT number FROM sessions)");
    const counter = database.prepare("SELECT value FROM counters WHERE name = 'session'").get();
    this.#storedNumber = Number(counter?.value ?? 0);
    this.#memory = new MemorySessions(this.#storedNumber);
    this.#load(database);
    this.#statements = {
      saveNumber: database.prepare("INSERT OR REPLACE INTO counters VALUES ('session', ?)"),
      save: database.prepare("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      remove: database.prepare("DELETE FROM sessions WHERE number = ?"),
      saveWhisper: database.prepare("INSERT OR REPLACE INTO whispers VALUES (?, ?, ?)"),
      cutWhispers: database.prepare("DELETE FROM whispers WHERE receiver = ? AND number <= ?"),
    };
  }

  #load(database: DatabaseSync): void {
    for (const row of database.prepare("SELECT * FROM sessions").all()) {
      const number = Number(row.number);
      this.#stored.add(number);
      this.#memory.save({
        number,
        tokenHash: row.token_hash as string,
        name: row.name as string,
        roomKey: row.room_key as string,
        roomName: row.room_name as string,
        roomSince: Number(row.room_since),
        isAuthenticated: row.is_authenticated === 1,
        lastWhisper: Number(row.last_whisper),
      });
    }
    const whispers = database.prepare("SELECT * FROM whispers ORDER BY receiver, number");
    for (const row of whispers.all()) {
      const whisper = JSON.parse(row.whisper as string) as StoredWhisper;
      // JSON has no `undefined`.
      this.#memory.addWhisper(Number(row.receiver), { ...whisper, id: whisper.id });
    }
  }

  get isChanged(): boolean {
    return this.#changed.size > 0 || this.#newWhispers.size > 0 ||
      this.#memory.lastNumber !== this.#storedNumber;
  }

  nextNumber(): number {
    return this.#memory.nextNumber();
  }

  save(session: StoredSession): void {
    this.#memory.save(session);
    this.#changed.add(session.number);
  }

  remove(number: number): void {
    this.#memory.remove(number);
    this.#newWhispers.delete(number);
    if (this.#stored.has(number)) this.#changed.add(number);
    else this.#changed.delete(number);
  }

  all(): StoredSession[] {
    return this.#memory.all();
  }

  addWhisper(to: number, whisper: StoredWhisper): void {
    this.#memory.addWhisper(to, whisper);
    if (!this.#newWhispers.has(to)) this.#newWhispers.set(to, whisper.number);
  }

  whispersAfter(to: number, number: number): StoredWhisper[] {
    return this.#memory.whispersAfter(to, number);
  }

  hasWhispered(by: number, id: string): boolean {
    return this.#memory.hasWhispered(by, id);
  }

  /** Writes what was changed; within a transaction. */
  write(): void {
    const { saveNumber } = this.#statements;
    if (this.#memory.lastNumber !== this.#storedNumber) saveNumber.run(this.#memory.lastNumber);
    for (const number of this.#changed) this.#writeSession(number);
    for (const [receiver, first] of this.#newWhispers) this.#writeWhispers(receiver, first);
  }

  #writeSession(number: number): void {
    const { save, remove, cutWhispers } = this.#statements;
    const session = this.#memory.find(number);
    if (session === undefined) {
      remove.run(number);
      cutWhispers.run(number, Number.MAX_SAFE_INTEGER);
      return;
    }
    const { tokenHash, name, roomKey, roomName, roomSince, isAuthenticated, lastWhisper } = session;
    const flag = isAuthenticated ? 1 : 0;
    save.run(number, tokenHash, name, roomKey, roomName, roomSince, flag, lastWhisper);
  }

  #writeWhispers(receiver: number, first: number): void {
    let last = first;
    for (const whisper of this.#memory.whispersAfter(receiver, first - 1)) {
      this.#statements.saveWhisper.run(receiver, whisper.number, JSON.stringify(whisper));
      last = whisper.number;
    }
    if (Math.floor(last / WHISPERS_A_CUT) !== Math.floor((first - 1) / WHISPERS_A_CUT)) {
      this.#statements.cutWhispers.run(receiver, last - 2 * WHISPERS_KEPT);
    }
  }

  /** The transaction succeeded. */
  written(): void {
    this.#storedNumber = this.#memory.lastNumber;
    for (const number of this.#changed) {
      if (this.#memory.find(number) === undefined) this.#stored.delete(number);
      else this.#stored.add(number);
    }
    this.#changed.clear();
    this.#newWhispers.clear();
  }
}
