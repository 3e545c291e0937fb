/**
 * The interfaces of the store. Two implementations exist, in memory and in SQLite, with one suite of
 * tests for both.
 *
 * All calls are synchronous: they only collect changes, and {@link Store.commit} writes those of a turn at
 * once. A read includes the changes before it.
 *
 * @module
 */

import type { MessageFrame, SearchTerm, ServerFrame } from "../../protocol/mod.ts";
import type { Bans, Mutes } from "./bans.ts";
import type { FileIndex } from "./file_index.ts";
import type { Rows, Topics } from "./rows.ts";
import type { SqliteRooms } from "./sqlite_rooms.ts";

/** A message in the history, with the fields for the resumption of a session. */
export interface StoredMessage {
  readonly message: MessageFrame;
  /** Number of the sender's session. */
  readonly by: number;
  /** The `id` from the sender's frame. */
  readonly id: string | undefined;
}

/** Which messages of a room to read. */
export interface HistoryQuery {
  /** Only messages with a larger number: the first `limit` of them. Without it: the last ones. */
  readonly after?: number;
  /** Only messages with a smaller number. */
  readonly before?: number;
  /** Maximum number of messages, at least 1. */
  readonly limit: number;
}

/** The messages of the rooms; a room is given by its key. */
export interface History {
  /** Adds a message, whose number is larger than the last one of its room. */
  append(roomKey: string, stored: StoredMessage): void;
  /**
   * Number of the last message of a room; 0 if the room had no messages. It outlives the messages.
   *
   * @throws {StorageError} when the disk cannot be read: any other result would give two messages
   * the same number.
   */
  lastSeq(roomKey: string): number;
  /**
   * Messages in the order of their numbers, from the last {@link StoreOptions.historyLimit}.
   *
   * @throws {StorageError} when the disk cannot be read; {@link Store.failure} has the reason, too.
   */
  read(roomKey: string, query: HistoryQuery): StoredMessage[];
}

/** A search in the history of one room, which is searched from its newest message on. */
export interface MessageQuery {
  readonly terms: readonly SearchTerm[];
  /** Only messages with a smaller number. */
  readonly before?: number;
  /** Maximum number of messages, at least 1. */
  readonly limit: number;
  /** Keys of the names whose messages are left out. */
  readonly ignored: ReadonlySet<string>;
}

/** The found messages, the oldest first. */
export interface SearchResult {
  readonly messages: readonly MessageFrame[];
  /** Only messages from this number on were searched; absent when all were. */
  readonly before?: number;
  /** Time of the search. */
  readonly milliseconds: number;
}

/** Searches the history outside of this thread. */
export interface MessageSearch {
  /** Whether too many searches are waiting. */
  readonly isFull: boolean;
  /**
   * Searches a room, with all messages before the call.
   *
   * @throws {StorageError} when the disk cannot be read.
   */
  search(roomKey: string, query: MessageQuery): Promise<SearchResult>;
}

export type WhisperFrame = Extract<ServerFrame, { type: "whisper" }>;

/** A whisper, numbered for its receiver from 1. */
export interface StoredWhisper {
  readonly frame: WhisperFrame;
  readonly number: number;
  /** Number of the sender's session, and the `id` from the sender's frame. */
  readonly by: number;
  readonly id: string | undefined;
}

/** A session that can be resumed. */
export interface StoredSession {
  /** Never used again; {@link StoredMessage.by} refers to it. */
  readonly number: number;
  /** SHA-256 of its token, as base64url: a copy of the data gives access to no session. */
  readonly tokenHash: string;
  readonly name: string;
  /** Its rooms, with the number of the last message when the member entered. */
  readonly rooms: readonly { readonly name: string; readonly since: number }[];
  readonly isAuthenticated: boolean;
  readonly lastWhisper: number;
  /** Whether the other users got `left` for its member. */
  readonly hasLeft: boolean;
}

/** Whispers kept for one session, if they fit into its bytes: see `whispers.ts`. */
export const MAX_STORED_WHISPERS = 100;

/** Memory of the sessions, in bytes. */
export interface SessionsUsage {
  readonly sessions: number;
  readonly whisperBytes: number;
  /** Of the ids of accepted whispers. */
  readonly idBytes: number;
}

/** The sessions that can be resumed, and the whispers that they may have missed. */
export interface Sessions {
  /** A number that no session had before. */
  nextNumber(): number;
  save(session: StoredSession): void;
  /** Removes a session and its whispers. */
  remove(number: number): void;
  /** All sessions that were saved and not removed. */
  all(): StoredSession[];
  readonly usage: SessionsUsage;
  /** Whether one more whisper can be kept for a session whose connection is broken. */
  canStoreWhisper(to: number, text: string, id: string | undefined): boolean;
  /**
   * Stores a whisper to a session, and its id.
   *
   * @param to 0 for a receiver without a session: then only the id is stored.
   * @param isOwed whether the connection is broken: then it is not dropped before
   * {@link whispersReachable} or {@link remove}. Otherwise the oldest are dropped at a bound.
   */
  addWhisper(to: number, whisper: StoredWhisper, isOwed: boolean): void;
  /** The session has a connection again: no whisper is owed to it. */
  whispersReachable(to: number): void;
  /** The whispers to a session with larger numbers, in order. */
  whispersAfter(to: number, number: number): StoredWhisper[];
  /** Whether a whisper of that session with that `id` was accepted, if the id is still stored. */
  hasWhispered(by: number, id: string): boolean;
}

/** A registered name. */
export interface Account {
  /** The key by which the name is unique. */
  readonly key: string;
  /** The name in the case of its registration. */
  readonly name: string;
  /** Hash, salt and costs: see `accounts/password.ts`. */
  readonly passwordHash: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Set by the administrator of the machine only. */
  readonly isOperator: boolean;
}

/** A change of an account by another process; `before` is absent for an account that was added,
 * `after` for one that was removed. */
export interface AccountChange {
  readonly before?: Account;
  readonly after?: Account;
}

/** The registered names. */
export interface Accounts {
  readonly size: number;
  readonly hasOperators: boolean;
  find(key: string): Account | undefined;
  all(): IterableIterator<Account>;
  /** The accounts whose names look like a name, or are equal to it. */
  findLookAlikes(name: string): Account[];
  /** Adds an account, or replaces its password; an existing account keeps its `createdAt` and
   * `isOperator`. */
  save(account: Account): void;
  /** @returns whether the account existed. */
  remove(key: string): boolean;
  /**
   * Reads the changes of other processes. Cheap without any.
   *
   * @param isRetry whether to read again after a failure.
   */
  refresh(isRetry?: boolean): AccountChange[];
}

/** A token by which programs use an account: see `accounts/api_tokens.ts`. */
export interface ApiToken {
  /** Public, and unique: 8 hexadecimal digits. */
  readonly id: string;
  /** SHA-256 of its secret, in hexadecimal. */
  readonly secretHash: string;
  /** {@link Account.key} of its account. */
  readonly accountKey: string;
  /** What the administrator calls it; may be empty. */
  readonly label: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds; absent if it does not expire. */
  readonly expiresAt?: number;
  /** Unix milliseconds of a use in the hour before the last; absent without any. */
  readonly usedAt?: number;
}

/** The tokens of accounts, which another process adds and removes. */
export interface ApiTokens {
  /** Reads a token. @throws {StorageError} when the disk cannot be read. */
  find(id: string): ApiToken | undefined;
  /** Records a use of a token. @param now Unix milliseconds. */
  use(token: ApiToken, now: number): void;
}

/** Limits and durability of a store. */
export interface StoreOptions {
  /** Messages kept per room, at least 1; default 1000 in memory, 100,000 in SQLite. */
  readonly historyLimit: number;
  /** Maximum size of the database in bytes; past it the largest rooms lose their oldest messages.
   * Default 1 GiB. The memory store has a bound of its own. */
  readonly diskBytes: number;
  /** `full` writes to the disk before anything is acknowledged; `normal` within 100 ms. */
  readonly sync: "normal" | "full";
}

/** Counters since the store was opened, and current sizes. */
export interface StoreStatistics {
  /** Bytes of messages in memory; in SQLite those that are not written yet. */
  readonly heldBytes: number;
  /** Size of the database without its log, in bytes; 0 in memory. */
  readonly diskBytes: number;
  /** Stored messages of rooms, and their size in bytes. */
  readonly messages: number;
  readonly bytes: number;
  /** Messages dropped because the store could not be written to for too long. */
  readonly dropped: number;
  /** Commits that wrote something, and their time in seconds. */
  readonly commits: number;
  readonly commitSeconds: number;
}

/** History, sessions, accounts, bans, mutes and topics of a server. */
export interface Store {
  readonly history: History;
  /** Absent in memory, and when its thread has failed: then the history is read instead. */
  readonly messageSearch?: MessageSearch | undefined;
  readonly sessions: Sessions;
  /** Absent in memory. */
  readonly accounts?: Accounts;
  /** Absent in memory. */
  readonly tokens?: ApiTokens;
  /** The addresses of the logins of each account, least recent first. */
  readonly knownAddresses: Rows<readonly string[]>;
  readonly bans: Bans;
  readonly mutes: Mutes;
  readonly topics: Topics;
  /** The rooms with messages or a topic, which outlive the server. Absent in memory. */
  readonly rooms?: Pick<SqliteRooms, "size" | "has" | "usedAt" | "use" | "unusedSince">;
  /** The files in rooms, whose contents are beside the database. Absent in memory. */
  readonly files?: FileIndex;
  /** Why the last commit or the last read failed, in one or two sentences. */
  readonly failure: string | undefined;
  readonly statistics: StoreStatistics;
  /** Deletes the messages, the topic and the files of a room. Its next message may have number 1 again. */
  forgetRoom(roomKey: string): void;
  /**
   * Writes the changes, in one transaction. Called once per turn, before acknowledgements. It does not throw:
   * while it fails, {@link failure} has the reason, and the changes are kept within bounds and written with
   * a later commit.
   */
  commit(): void;
  /**
   * Commits, writes to the disk, and closes. After that, this and `commit` do nothing.
   *
   * @returns a sentence about data that could not be written and is lost, or may be, if any.
   */
  close(): string | undefined;
}
