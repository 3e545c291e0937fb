import { join } from "node:path";
import type { StatementSync } from "node:sqlite";
import { clearTimeout, setTimeout } from "node:timers";
import { counted } from "../../protocol/mod.ts";
import { type Clock, systemClock } from "../scheduling/clock.ts";
import { type Ban, BanRemovals, Bans, type Mute, Mutes } from "./bans.ts";
import { Checkpointer, PAGE_BYTES, startCheckpointThread } from "./checkpointer.ts";
import { type OpenDatabase, openDatabase, probeDirectory } from "./database.ts";
import { DiskBudget } from "./disk_budget.ts";
import { FileIndex, type IndexRow } from "./file_index.ts";
import { DEFAULT_PENDING_LIMITS, type PendingLimits } from "./room_segments.ts";
import { SqliteAccounts } from "./accounts.ts";
import { SqliteHistory } from "./sqlite_history.ts";
import { SqliteRows, type Topic, Topics } from "./rows.ts";
import { SegmentCleaner } from "./segment_cleaner.ts";
import { SqliteRooms } from "./sqlite_rooms.ts";
import { SqliteSessions } from "./sessions.ts";
import { SqliteTokens } from "./tokens.ts";
import { StorageError } from "./storage_error.ts";
import { SearchThread } from "./search_thread.ts";
import type {
  MessageQuery,
  MessageSearch,
  SearchResult,
  Store,
  StoreOptions,
  StoreStatistics,
} from "./store.ts";
import { type FileFlush, WalSync } from "./wal_sync.ts";

/** Messages kept per room in SQLite. */
export const DEFAULT_SQLITE_HISTORY_LIMIT = 100_000;

/** Maximum size of the database in bytes: 1 GiB. */
export const DEFAULT_DISK_BYTES = 1024 * 1024 * 1024;

/** Name of the index of the words in the data directory. It can be deleted at any time. */
const INDEX_FILE = "hubbub.search.db";

/** Minimum time between two failing attempts to write, in milliseconds. */
const RETRY_INTERVAL = 1000;

/** Maximum time for the deletion of old messages while the store closes, in milliseconds. */
const CLOSE_CLEANING_MILLISECONDS = 200;

/** Estimated pages that a commit writes beside the messages: a leaf of each tree that it touches. */
const PAGES_PER_COMMIT = 4;

/** The clocks, timers and bounds of a store; a test passes its own. */
export interface StoreEnvironment extends Clock {
  readonly pendingLimits: PendingLimits;
  /** Size up to which a database is checked completely when it is opened. */
  readonly maxCheckedBytes?: number;
  /** By default the calls of the system. */
  readonly flush?: FileFlush;
  /** Default: {@link startCheckpointThread}. */
  readonly startCheckpoints?: typeof startCheckpointThread;
}

/** The system's clocks and timers. Its timers do not keep the process alive. */
export const systemStoreEnvironment: StoreEnvironment = {
  ...systemClock,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds).unref();
    return () => clearTimeout(timer);
  },
  pendingLimits: DEFAULT_PENDING_LIMITS,
};

/**
 * Opens the store in a data directory, which is created if it is missing: see {@link openDatabase}.
 *
 * @param options `historyLimit` is 100,000 by default, `sync` is `normal`.
 * @throws {StorageError} with the reason.
 */
export function openSqliteStore(
  directory: string,
  options: Partial<StoreOptions> = {},
  environment: StoreEnvironment = systemStoreEnvironment,
): Store {
  const open = openDatabase(directory, options.sync ?? "normal", environment.maxCheckedBytes);
  try {
    return createSqliteStore(open, options, environment);
  } catch (error) {
    open.database.close();
    open.lock.release();
    throw StorageError.of("open", directory, error);
  }
}

/** Makes a store of an open database. @param options see {@link openSqliteStore}. */
export function createSqliteStore(
  open: OpenDatabase,
  {
    historyLimit = DEFAULT_SQLITE_HISTORY_LIMIT,
    diskBytes = DEFAULT_DISK_BYTES,
    sync = "normal",
  }: Partial<StoreOptions>,
  environment: StoreEnvironment,
): Store {
  return new SqliteStore(open, { historyLimit, diskBytes, sync }, environment);
}

class SqliteStore implements Store {
  readonly history: SqliteHistory;
  readonly sessions: SqliteSessions;
  readonly accounts: SqliteAccounts;
  readonly tokens: SqliteTokens;
  readonly knownAddresses: SqliteRows<readonly string[]>;
  readonly bans: Bans;
  readonly mutes: Mutes;
  readonly topics: Topics;
  readonly rooms: SqliteRooms;
  readonly files: FileIndex;

  readonly #search: SqliteSearch;
  readonly #checkpointer: Checkpointer;
  readonly #cleaner: SegmentCleaner;
  readonly #diskBudget: DiskBudget;
  readonly #walSync: WalSync | undefined;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  /** The parts of a commit, in their order. */
  readonly #parts: readonly { isChanged: boolean; write(): void; written(): void }[];
  #writeFailure: StorageError | undefined;
  #lastAttempt = -Infinity;
  #isClosed = false;
  #waiting = 0;
  readonly #done = { messages: 0, bytes: 0, commits: 0, commitSeconds: 0 };

  constructor(
    private readonly open: OpenDatabase,
    { historyLimit, diskBytes, sync }: StoreOptions,
    private readonly environment: StoreEnvironment,
  ) {
    const { database, directory, path, walPath } = open;
    const { startCheckpoints = startCheckpointThread } = environment;
    this.#checkpointer = new Checkpointer(database, (onReply) => startCheckpoints(path, onReply));
    this.#cleaner = new SegmentCleaner(database, environment, (bytes) => {
      this.#checkpointer.committed(bytes + PAGES_PER_COMMIT * PAGE_BYTES);
      this.#search.thread.messagesDeleted();
    });
    this.#diskBudget = new DiskBudget(database, diskBytes, this.#cleaner);
    this.rooms = new SqliteRooms(database, environment.now, (id) => this.#cleaner.deleteRoom(id));
    this.history = new SqliteHistory(
      database,
      directory,
      historyLimit,
      environment.pendingLimits,
      this.rooms,
      this.#cleaner,
    );
    this.#search = new SqliteSearch(open, this, historyLimit);
    this.sessions = new SqliteSessions(database);
    this.accounts = new SqliteAccounts(database);
    this.tokens = new SqliteTokens(database, directory);
    this.knownAddresses = new SqliteRows(database, "known_addresses", "addresses");
    const bans = new SqliteRows<Ban>(database, "bans", "ban");
    const topics = new SqliteRows<Topic>(database, "topics", "topic");
    const mutes = new SqliteRows<Mute>(database, "mutes", "mute");
    const banRemovals = new BanRemovals(database, bans);
    this.bans = new Bans(bans, () => banRemovals.take());
    this.bans.prune(environment.now());
    this.mutes = new Mutes(mutes);
    this.mutes.prune(environment.now());
    this.topics = new Topics(topics, (roomKey) => this.rooms.add(roomKey));
    const files = new SqliteRows<IndexRow>(database, "files", "file");
    this.files = new FileIndex(files);
    // The rooms first: other parts refer to their rows.
    const { rooms, history, sessions, accounts, tokens, knownAddresses } = this;
    this.#parts = [
      ...[rooms, history, sessions, accounts, tokens, knownAddresses],
      ...[bans, mutes, topics, files],
    ];
    this.#begin = database.prepare("BEGIN");
    this.#end = database.prepare("COMMIT");
    if (sync === "normal") {
      this.#walSync = new WalSync(walPath, environment, environment.flush);
    }
  }

  get messageSearch(): MessageSearch | undefined {
    return this.#search.thread.isBroken ? undefined : this.#search;
  }

  get failure(): string | undefined {
    if (this.#writeFailure !== undefined) return this.#writeFailureText(this.#writeFailure);
    if (this.#walSync?.failure !== undefined) {
      return StorageError.of("write", this.open.directory, this.#walSync.failure).message;
    }
    const { readFailure } = this.accounts;
    if (readFailure !== undefined) {
      return StorageError.of("read", this.open.directory, readFailure).message;
    }
    return this.history.readFailure?.message;
  }

  #writeFailureText({ message }: StorageError): string {
    const { dropped } = this.history.pending;
    const kept = this.#waiting === 0
      ? ""
      : ` Until then it is kept in memory (messages: ${this.#waiting}).`;
    const lost = dropped === 0
      ? ""
      : ` Too much was waiting: ${counted(dropped, "message")} ${
        dropped === 1 ? "was" : "were"
      } dropped.`;
    return message + kept + lost;
  }

  get statistics(): StoreStatistics {
    const { dropped, bytes: heldBytes } = this.history.pending;
    return { ...this.#done, dropped, heldBytes, diskBytes: this.#diskBytes };
  }

  /** 0 if it cannot be read. */
  get #diskBytes(): number {
    try {
      return this.#isClosed ? 0 : this.#diskBudget.usedBytes;
    } catch {
      return 0;
    }
  }

  forgetRoom(roomKey: string): void {
    this.history.forget(roomKey);
    this.topics.save(roomKey, undefined);
    this.files.forgetRoom(roomKey, this.environment.now());
  }

  commit(): void {
    this.#commit(RETRY_INTERVAL);
  }

  #commit(retryInterval: number): void {
    if (this.#isClosed || !this.#parts.some((part) => part.isChanged)) return;
    const start = this.environment.monotonic();
    const total = this.history.pending.seal();
    const isFailing = this.#writeFailure !== undefined;
    if (!isFailing || start - this.#lastAttempt >= retryInterval) {
      this.#lastAttempt = start;
      if (isFailing) this.#makeRoom();
      if (this.#write()) {
        this.#checkpointer.committed(total.bytes + PAGES_PER_COMMIT * PAGE_BYTES);
        this.#diskBudget.committed(total.bytes);
        this.#done.messages += total.messages;
        this.#done.bytes += total.bytes;
        this.#done.commits++;
        this.#done.commitSeconds += (this.environment.monotonic() - start) / 1000;
        this.#waiting = 0;
        return;
      }
    }
    this.#waiting = this.history.pending.enforceLimits(total);
  }

  /** @returns whether everything is written. */
  #write(): boolean {
    try {
      this.#begin.run();
      for (const part of this.#parts) if (part.isChanged) part.write();
      this.#end.run();
    } catch (error) {
      this.#rollBack();
      this.#writeFailure = this.#explain(error);
      this.rooms.rolledBack();
      this.history.rolledBack();
      return false;
    }
    for (const part of this.#parts) part.written();
    this.#writeFailure = undefined;
    this.#walSync?.committed();
    return true;
  }

  #explain(error: unknown): StorageError {
    const failure = StorageError.of("write", this.open.directory, error);
    if (failure.code !== "io") return failure;
    try {
      probeDirectory(this.open.directory);
      return failure;
    } catch (reason) {
      return StorageError.of("write", this.open.directory, reason);
    }
  }

  /** On a full disk, a checkpoint may move the log into free pages of the database. */
  #makeRoom(): void {
    try {
      this.#checkpointer.now();
    } catch {
      // The write that follows reports the reason.
    }
  }

  #rollBack(): void {
    try {
      // After some errors SQLite has done so itself.
      if (this.open.database.isTransaction) this.open.database.exec("ROLLBACK");
    } catch {
      // The first error is reported, and the next attempt starts again.
    }
  }

  /** The sentence about changes that no commit has written. */
  #lostText(): string | undefined {
    if (this.#writeFailure === undefined) return undefined;
    const messages = this.#waiting + this.history.pending.dropped;
    return `${this.#writeFailure.message} Changes since then are lost (messages: ${messages}).`;
  }

  /** The sentence about changes that the system has, but not the disk. */
  #endangeredText(): string | undefined {
    const failure = this.#walSync?.failure;
    if (failure === undefined) return undefined;
    const { message } = StorageError.of("write", this.open.directory, failure);
    return `${message} The last changes are lost if the machine stops before they are on the disk.`;
  }

  close(): string | undefined {
    if (this.#isClosed) return undefined;
    this.#commit(0);
    this.#cleaner.close(CLOSE_CLEANING_MILLISECONDS);
    this.#isClosed = true;
    const lost = this.#lostText();
    this.#search.thread.close();
    this.#checkpointer.close();
    this.#walSync?.close();
    this.open.database.close();
    this.open.lock.release();
    return lost ?? this.#endangeredText();
  }
}

/** Searches on the thread, with the messages of this turn. */
class SqliteSearch implements MessageSearch {
  readonly thread: SearchThread;

  constructor(
    private readonly open: OpenDatabase,
    private readonly store: Pick<SqliteStore, "commit" | "rooms" | "history">,
    private readonly historyLimit: number,
  ) {
    const indexPath = join(open.directory, INDEX_FILE);
    this.thread = new SearchThread({ historyPath: open.path, indexPath });
  }

  get isFull(): boolean {
    return this.thread.isFull;
  }

  async search(roomKey: string, query: MessageQuery): Promise<SearchResult> {
    const { open, store } = this;
    // The thread reads the file.
    store.commit();
    const room = store.rooms.idOf(roomKey);
    if (room === undefined) return { messages: [], milliseconds: 0 };
    const after = Math.max(store.history.lastSeq(roomKey) - this.historyLimit, 0);
    try {
      return await this.thread.search({ before: Infinity, ...query, room, after });
    } catch (error) {
      throw StorageError.of("read", open.directory, error);
    }
  }
}
