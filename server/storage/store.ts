/**
 * What a server remembers, as interfaces. There are two implementations, in memory and in SQLite,
 * and one suite of tests for both.
 *
 * All calls are synchronous: they only collect, and {@link Store.commit} writes once a turn what the
 * whole turn has collected. A read sees what was collected before it.
 *
 * @module
 */

import type { MessageFrame, ServerFrame } from "../../protocol/mod.ts";

/** A message in the history, and what a resumed session needs to know of it. */
export interface StoredMessage {
  readonly message: MessageFrame;
  /** Number of the session that said it. */
  readonly by: number;
  /** The `id` that its sender gave it. */
  readonly id: string | undefined;
}

/** Which messages of a room to read. */
export interface HistoryQuery {
  /** Only messages with a larger number: the first `limit` of them. Without it: the last ones. */
  readonly after?: number;
  /** Only messages with a smaller number. */
  readonly before?: number;
  /** Only messages of that time (Unix milliseconds) or later. */
  readonly since?: number;
  /** Most messages to read, at least 1. */
  readonly limit: number;
}

/** The messages of the rooms. Rooms are named by their key. */
export interface History {
  /** Adds a message, with a larger number than the last one of its room. */
  append(roomKey: string, stored: StoredMessage): void;
  /**
   * Number of the last message of a room; 0 if there was none. Survives the messages themselves.
   *
   * @throws StorageError when the disk cannot be read: any other answer would give two messages the
   * same number.
   */
  lastSeq(roomKey: string): number;
  /**
   * Messages in the order of their numbers; at most the last {@link StoreOptions.historyLimit}.
   *
   * @throws StorageError when the disk cannot be read; {@link Store.failure} says so too.
   */
  read(roomKey: string, query: HistoryQuery): StoredMessage[];
}

/** The rooms that survive the server: they have messages or a topic. */
export interface StoredRooms {
  /** Number of rooms. */
  readonly size: number;
  has(roomKey: string): boolean;
  /** When a room was last used, in Unix milliseconds; `undefined` for a room that is not stored. */
  usedAt(roomKey: string): number | undefined;
  /** A stored room is in use now. */
  use(roomKey: string): void;
  /** The keys of the rooms that were used before that time (Unix milliseconds) only. */
  unusedSince(time: number): Iterable<string>;
}

/** A private message as its receiver gets it. */
export type WhisperFrame = Extract<ServerFrame, { type: "whisper" }>;

/** A whisper, numbered for its receiver from 1. */
export interface StoredWhisper {
  readonly frame: WhisperFrame;
  readonly number: number;
  /** Number of the session that said it, and the `id` that it gave it. */
  readonly by: number;
  readonly id: string | undefined;
}

/** A session that may be resumed. */
export interface StoredSession {
  /** Unique for ever; what {@link StoredMessage.by} names. */
  readonly number: number;
  /** SHA-256 of its token, as base64url: the token itself is nobody's business. */
  readonly tokenHash: string;
  readonly name: string;
  readonly roomKey: string;
  readonly roomName: string;
  /** Number of the room's last message when they came into it. */
  readonly roomSince: number;
  /** Whether the name's password was given. */
  readonly isAuthenticated: boolean;
  /** Number of the last whisper to it. */
  readonly lastWhisper: number;
  /** Whether the other users got `left` for its member. */
  readonly hasLeft: boolean;
}

/** Whispers kept a session, if they fit into the bytes that one may take: see `whispers.ts`. */
export const WHISPERS_KEPT = 100;

/** What the sessions take in memory. */
export interface SessionsUsage {
  readonly sessions: number;
  /** Bytes of the whispers that are kept, and of the ids that are remembered. */
  readonly whisperBytes: number;
  readonly idBytes: number;
}

/** The sessions that may be resumed, and the whispers that they may have missed. */
export interface Sessions {
  /** A number that no session had before. */
  nextNumber(): number;
  /** Adds a session, or replaces what is known of it. */
  save(session: StoredSession): void;
  /** Forgets a session and its whispers. */
  remove(number: number): void;
  /** All sessions that were saved and not removed, as when the server starts. */
  all(): StoredSession[];
  readonly usage: SessionsUsage;
  /** Whether one more whisper can be kept for a session whose connection is broken, beside all that
   * waits for it already. */
  hasRoomForWhisper(to: number, text: string, id: string | undefined): boolean;
  /**
   * Keeps a whisper to a session, and remembers its id.
   *
   * @param to 0 for a receiver without a session, for which only the id is remembered.
   * @param isOwed whether the connection is broken: it is not dropped before
   * {@link whispersReachable} or {@link remove}. Otherwise the oldest are dropped at a bound.
   */
  addWhisper(to: number, whisper: StoredWhisper, isOwed: boolean): void;
  /** The session's connection stands again. */
  whispersReachable(to: number): void;
  /** The whispers to a session with larger numbers, in order. */
  whispersAfter(to: number, number: number): StoredWhisper[];
  /** Whether a session has said a whisper with that `id` to anybody, as far as is remembered. */
  hasWhispered(by: number, id: string): boolean;
}

/** A protected name. */
export interface Account {
  /** The key by which the name is unique. */
  readonly key: string;
  /** The name as it was registered. */
  readonly name: string;
  /** The password's hash with all that is needed to check it; see `accounts/password.ts`. */
  readonly passwordHash: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Whether its owner is an operator. Only the administrator of the machine decides this. */
  readonly isOperator: boolean;
}

/** A change of an account that another process made: `before` and `after` are absent for an account
 * that was added or removed. */
export interface AccountChange {
  readonly before?: Account;
  readonly after?: Account;
}

/** The registered names. */
export interface Accounts {
  /** How many there are. */
  readonly size: number;
  /** Whether any of them is an operator. */
  readonly hasOperators: boolean;
  find(key: string): Account | undefined;
  all(): IterableIterator<Account>;
  /** The accounts whose names look like a name, or are the same. */
  findLookAlikes(name: string): Account[];
  /** Adds an account, or gives it another password. An account that exists stays an operator or not,
   * whatever is given here. */
  save(account: Account): void;
  /** @returns whether there was one. */
  remove(key: string): boolean;
  /**
   * Takes over what another process has changed. Cheap where nothing has.
   *
   * @param isRetry whether to try again after it could not be read.
   * @returns the changes.
   */
  refresh(isRetry?: boolean): AccountChange[];
}

/** Somebody who may not come in. */
export interface Ban {
  /** The kind of target. */
  readonly kind: "name" | "address";
  /** The key of the name, or the address or range in its canonical text. */
  readonly key: string;
  /** Unix milliseconds; absent for ever. */
  readonly until?: number;
  /** Name of the operator. */
  readonly by: string;
  /** As the operator gave it. */
  readonly reason?: string;
}

export interface Bans {
  /** How many there are, with those that are over and were not pruned yet. */
  readonly size: number;
  /** The ban on a name, or on a range that holds an address, that lasts longest and is not over at
   * that time (Unix milliseconds). */
  find(kind: Ban["kind"], key: string, now: number): Ban | undefined;
  /** The bans that hold on names which look like a name, or are the same. */
  findLookAlikes(name: string, now: number): Ban[];
  /** Whether there is a ban on exactly that. */
  has(kind: Ban["kind"], key: string): boolean;
  all(): Iterable<Ban>;
  /** Adds a ban, or replaces the one on exactly the same. */
  save(ban: Ban): void;
  /** @returns whether there was one. */
  remove(kind: Ban["kind"], key: string): boolean;
  /** Removes the bans that another process has removed, and returns them. */
  refresh(): Ban[];
  /** Removes the bans that are over. */
  prune(now: number): void;
}

/** A member whose messages are refused. */
export interface Mute {
  /** The key of the name. */
  readonly key: string;
  /** The key of the address: it is muted, too, for all who have given no password. */
  readonly address?: string;
  /** Unix milliseconds; absent for ever. */
  readonly until?: number;
  readonly by: string;
}

export interface Mutes {
  /** How many there are, with those that are over and were not pruned yet. */
  readonly size: number;
  /** The mute of a name that is not over at that time (Unix milliseconds). */
  find(nameKey: string, now: number): Mute | undefined;
  /** A mute of an address that is not over at that time. */
  findByAddress(addressKey: string, now: number): Mute | undefined;
  /** Adds a mute, or replaces that of the same name. */
  save(mute: Mute): void;
  /** Removes the mute of a name. */
  remove(nameKey: string): Mute | undefined;
  /** Removes the address from all mutes; they hold for their names alone. */
  removeAddress(addressKey: string): void;
  /** Removes the mutes that are over. */
  prune(now: number): void;
}

/** What a room is about. */
export interface Topic {
  readonly text: string;
  readonly by: string;
  /** Unix milliseconds. */
  readonly time: number;
}

export interface Topics {
  find(roomKey: string): Topic | undefined;
  /** Sets a topic, or with `undefined` takes it away. */
  save(roomKey: string, topic: Topic | undefined): void;
}

/** How a store is to keep things. */
export interface StoreOptions {
  /** Messages kept a room, at least 1; default 1000 in memory, 100,000 in SQLite. */
  readonly historyLimit: number;
  /** Bytes that the database in SQLite may use; past it the largest rooms lose their oldest messages.
   * Default 1 GiB. In memory there is a bound of its own. */
  readonly diskBytes: number;
  /** `full` writes to the disk before anything is acknowledged; `normal` within 100 ms. */
  readonly sync: "normal" | "full";
}

/** What a store has done since it was opened, and what it holds. */
export interface StoreStatistics {
  /** Bytes of messages in memory; in SQLite those that are not written yet. */
  readonly heldBytes: number;
  /** Bytes that the database uses on the disk, without its log; 0 in memory. */
  readonly diskBytes: number;
  /** Messages of rooms that were stored, and their size in bytes. */
  readonly messages: number;
  readonly bytes: number;
  /** Messages of rooms that were given up, since the store could not be written to for too long. */
  readonly dropped: number;
  /** Commits that had something to write and did, and the seconds that they took. */
  readonly commits: number;
  readonly commitSeconds: number;
}

/** All that a server remembers. */
export interface Store {
  readonly history: History;
  readonly sessions: Sessions;
  /** Absent where nothing survives the server. */
  readonly accounts?: Accounts;
  /** The addresses from which each account has logged in, least recent first. */
  readonly knownAddresses: Rows<readonly string[]>;
  readonly bans: Bans;
  readonly mutes: Mutes;
  readonly topics: Topics;
  /** Absent where nothing survives the server. */
  readonly rooms?: StoredRooms;
  /** Why the last commit, or the last read, failed, in one or two sentences; absent while all is
   * well. */
  readonly failure: string | undefined;
  readonly statistics: StoreStatistics;
  /** Forgets all messages of a room, and its topic. The next message may have number 1 again. */
  forgetRoom(roomKey: string): void;
  /**
   * Writes what was collected, in one transaction. Called once a turn, before anything is
   * acknowledged. It does not throw: while it fails, {@link failure} says why, what was collected is
   * kept within bounds and tried again.
   */
  commit(): void;
  /**
   * Commits, writes to the disk, and closes. After that, this and `commit` do nothing.
   *
   * @returns what could not be written and is given up, as a sentence; nothing where all is.
   */
  close(): string | undefined;
}

/**
 * Rows by a key: what bans, topics and accounts are written on, so that there is one of each. A
 * `Map` is one; see `rows.ts` for the other.
 */
export interface Rows<Row> {
  get(key: string): Row | undefined;
  values(): Iterable<Row>;
  set(key: string, row: Row): unknown;
  /** @returns whether there was such a row. */
  delete(key: string): boolean;
  readonly size: number;
}
