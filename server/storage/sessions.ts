import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Sessions, SessionsUsage, StoredSession, StoredWhisper } from "./store.ts";
import {
  DEFAULT_ID_LIMITS,
  DEFAULT_WHISPER_LIMITS,
  KeptWhispers,
  WhisperedIds,
} from "./whispers.ts";

/** Maximum memory of the whispers of all sessions; a test passes its own. */
export const DEFAULT_SESSION_LIMITS = { whispers: DEFAULT_WHISPER_LIMITS, ids: DEFAULT_ID_LIMITS };

export class MemorySessions implements Sessions {
  readonly #sessions = new Map<number, StoredSession>();
  readonly #whispers: KeptWhispers;
  readonly #whisperedIds: WhisperedIds;
  #lastNumber: number;

  /**
   * @param lastNumber the largest number that a session has had.
   * @param onDropped receives the number of the last whisper that a session lost at a bound.
   */
  constructor(
    lastNumber = 0,
    limits = DEFAULT_SESSION_LIMITS,
    onDropped: (receiver: number, number: number) => void = () => {},
  ) {
    this.#lastNumber = lastNumber;
    this.#whispers = new KeptWhispers(limits.whispers, onDropped);
    this.#whisperedIds = new WhisperedIds(limits.ids);
  }

  /** The largest number that a session has. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  get usage(): SessionsUsage {
    return {
      sessions: this.#sessions.size,
      whisperBytes: this.#whispers.bytes,
      idBytes: this.#whisperedIds.bytes,
    };
  }

  nextNumber(): number {
    return ++this.#lastNumber;
  }

  find(number: number): StoredSession | undefined {
    return this.#sessions.get(number);
  }

  save(session: StoredSession): void {
    this.#sessions.set(session.number, session);
  }

  remove(number: number): void {
    this.#sessions.delete(number);
    this.#whispers.remove(number);
    this.#whisperedIds.remove(number);
  }

  all(): StoredSession[] {
    return [...this.#sessions.values()];
  }

  canStoreWhisper(to: number, text: string, id: string | undefined): boolean {
    return this.#whispers.canStore(to, text, id);
  }

  addWhisper(to: number, whisper: StoredWhisper, isOwed: boolean): void {
    if (to > 0) this.#whispers.add(to, whisper, isOwed);
    // A sender without a session cannot resume it and send the whisper again.
    if (whisper.by > 0 && whisper.id !== undefined) this.#whisperedIds.add(whisper.by, whisper.id);
  }

  whispersReachable(to: number): void {
    this.#whispers.settle(to);
  }

  whispersAfter(to: number, number: number): StoredWhisper[] {
    return this.#whispers.after(to, number);
  }

  hasWhispered(by: number, id: string): boolean {
    return this.#whisperedIds.has(by, id);
  }
}

/**
 * The sessions of the SQLite store.
 *
 * They are few and short-lived, so all of them are in memory. Changes are marked, and {@link write}
 * stores the current state: nothing piles up while the database cannot be written to.
 */
export class SqliteSessions implements Sessions {
  readonly #memory: MemorySessions;
  /** Sessions that were saved or removed. */
  readonly #changed = new Set<number>();
  /** Sessions in the database. */
  readonly #stored = new Set<number>();
  /** Receivers of new whispers, with the number of the first of them. */
  readonly #newWhispers = new Map<number, number>();
  /** Receivers of whispers that were dropped, with the number of the last of them. */
  readonly #dropped = new Map<number, number>();
  #storedNumber: number;
  readonly #statements: Record<
    "saveNumber" | "save" | "remove" | "saveWhisper" | "cutWhispers",
    StatementSync
  >;

  constructor(database: DatabaseSync, limits = DEFAULT_SESSION_LIMITS) {
    // Whispers to sessions that no longer exist.
    database.exec("DELETE FROM whispers WHERE receiver NOT IN (SELECT number FROM sessions)");
    const counter = database.prepare("SELECT value FROM counters WHERE name = 'session'").get();
    this.#storedNumber = Number(counter?.value ?? 0);
    this.#memory = new MemorySessions(
      this.#storedNumber,
      limits,
      (receiver, number) => this.#dropped.set(receiver, number),
    );
    this.#load(database);
    this.#statements = {
      saveNumber: database.prepare("INSERT OR REPLACE INTO counters VALUES ('session', ?)"),
      save: database.prepare("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)"),
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
        rooms: JSON.parse(row.rooms as string) as StoredSession["rooms"],
        isAuthenticated: row.is_authenticated === 1,
        lastWhisper: Number(row.last_whisper),
        hasLeft: row.has_left === 1,
      });
    }
    const whispers = database.prepare("SELECT * FROM whispers ORDER BY receiver, number");
    for (const row of whispers.all()) {
      const receiver = Number(row.receiver);
      const { frame, number, by, id } = JSON.parse(row.whisper as string) as StoredWhisper;
      const isOwed = number > (this.#memory.find(receiver)?.lastWhisper ?? 0) &&
        this.#memory.canStoreWhisper(receiver, frame.text, id);
      // A sender whose session is over cannot send it again.
      const repeatable = this.#memory.find(by) === undefined ? undefined : id;
      this.#memory.addWhisper(receiver, { frame, number, by, id: repeatable }, isOwed);
    }
  }

  get isChanged(): boolean {
    return this.#changed.size > 0 || this.#newWhispers.size > 0 || this.#dropped.size > 0 ||
      this.#memory.lastNumber !== this.#storedNumber;
  }

  get usage(): SessionsUsage {
    return this.#memory.usage;
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
    this.#dropped.delete(number);
    if (this.#stored.has(number)) this.#changed.add(number);
    else this.#changed.delete(number);
  }

  all(): StoredSession[] {
    return this.#memory.all();
  }

  canStoreWhisper(to: number, text: string, id: string | undefined): boolean {
    return this.#memory.canStoreWhisper(to, text, id);
  }

  addWhisper(to: number, whisper: StoredWhisper, isOwed: boolean): void {
    this.#memory.addWhisper(to, whisper, isOwed);
    if (to > 0 && !this.#newWhispers.has(to)) this.#newWhispers.set(to, whisper.number);
  }

  whispersReachable(to: number): void {
    this.#memory.whispersReachable(to);
  }

  whispersAfter(to: number, number: number): StoredWhisper[] {
    return this.#memory.whispersAfter(to, number);
  }

  hasWhispered(by: number, id: string): boolean {
    return this.#memory.hasWhispered(by, id);
  }

  /** Writes the changes; within a transaction. */
  write(): void {
    const { saveNumber } = this.#statements;
    if (this.#memory.lastNumber !== this.#storedNumber) saveNumber.run(this.#memory.lastNumber);
    for (const number of this.#changed) this.#writeSession(number);
    for (const [receiver, first] of this.#newWhispers) this.#writeWhispers(receiver, first);
    for (const [receiver, last] of this.#dropped) {
      this.#statements.cutWhispers.run(receiver, last);
    }
  }

  #writeSession(number: number): void {
    const { save, remove, cutWhispers } = this.#statements;
    const session = this.#memory.find(number);
    if (session === undefined) {
      remove.run(number);
      cutWhispers.run(number, Number.MAX_SAFE_INTEGER);
      return;
    }
    const { tokenHash, name, lastWhisper } = session;
    const isAuthenticated = session.isAuthenticated ? 1 : 0;
    const hasLeft = session.hasLeft ? 1 : 0;
    save.run(
      number,
      tokenHash,
      name,
      isAuthenticated,
      lastWhisper,
      hasLeft,
      JSON.stringify(session.rooms),
    );
  }

  #writeWhispers(receiver: number, first: number): void {
    for (const whisper of this.#memory.whispersAfter(receiver, first - 1)) {
      this.#statements.saveWhisper.run(receiver, whisper.number, JSON.stringify(whisper));
    }
  }

  /** Forgets the changes: the transaction succeeded. */
  written(): void {
    this.#storedNumber = this.#memory.lastNumber;
    for (const number of this.#changed) {
      if (this.#memory.find(number) === undefined) this.#stored.delete(number);
      else this.#stored.add(number);
    }
    this.#changed.clear();
    this.#newWhispers.clear();
    this.#dropped.clear();
  }
}
