import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { openSqlite } from "./sqlite.ts";

/** Size of a page in bytes. Of 4 to 32 KB, 8 is the fastest both for the large segments of a busy
 * room and for the small rows of a quiet one (measured). */
export const PAGE_BYTES = 8192;

/** New bytes in the log that start a checkpoint. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;

/** From this size on, the log is to start again from its beginning. */
const LONG_LOG_BYTES = 128 * 1024 * 1024;

/** Maximum that the other thread leaves to the last checkpoint on this one, which takes as long as
 * the disk: 10 to 60 ms on a busy one (measured). */
const LAST_CHECKPOINT_BYTES = 1024 * 1024;

/** From this size on, this thread makes the last checkpoint for any remaining amount. */
const FORCED_CHECKPOINT_BYTES = 512 * 1024 * 1024;

/** SQLite's default number of pages after which a commit makes a checkpoint. */
const DEFAULT_CHECKPOINT_PAGES = 1000;

/**
 * Keeps the write-ahead log short, by checkpoints on another thread.
 *
 * SQLite by default makes a checkpoint at the end of a commit, and waits for the disk. The gain of
 * the thread, measured at 16 MB/s of messages (some 150,000 per second) in 1200 turns on two busy
 * cores: with `PRAGMA wal_autocheckpoint` the 99th percentile of a commit is 44 ms, and commits of
 * more than 10 ms block the server for 107 ms of each second; with the thread 7 to 9 ms and 21 to
 * 30 ms, for some 10 % more CPU.
 *
 * 1. The thread starts with the first 8 MB: a quiet server never has it.
 * 2. SQLite starts the log again from its beginning only when all of it is in the database, and
 *    under load new pages are in it whenever a checkpoint ends. So checkpoints follow each other
 *    once the log is long, each shorter than the one before, and this thread makes the last small
 *    one: once per 128 MB.
 * 3. If the thread fails, SQLite makes its own checkpoints again.
 */
export class Checkpointer {
  #thread: CheckpointThread | undefined;
  #isBusy = false;
  #isBroken = false;
  /** Estimate of the bytes written since the last request. */
  #grown = 0;

  constructor(
    private readonly database: DatabaseSync,
    private readonly startThread: (onReply: (reply: CheckpointReply) => void) => CheckpointThread,
  ) {
    database.exec("PRAGMA wal_autocheckpoint = 0");
  }

  /** @param bytes estimated bytes that a commit has added to the log. */
  committed(bytes: number): void {
    this.#grown += bytes;
    if (this.#grown >= CHECKPOINT_BYTES && !this.#isBusy && !this.#isBroken) this.#request();
  }

  /** Makes a checkpoint at once, to free space on a full disk. */
  now(): void {
    checkpoint(this.database);
  }

  close(): void {
    this.#isBroken = true;
    this.#thread?.stop();
  }

  #request(): void {
    this.#isBusy = true;
    this.#grown = 0;
    try {
      this.#thread ??= this.startThread((reply) => this.#replied(reply));
      this.#thread.request();
    } catch {
      this.#breakDown();
    }
  }

  #replied({ result, failure }: CheckpointReply): void {
    if (this.#isBroken) return;
    this.#isBusy = false;
    if (result !== undefined) this.#followUp(result);
    // The disk is full, or another process reads the database: a later request may succeed.
    else if (failure === undefined) this.#breakDown();
  }

  #followUp({ log }: CheckpointResult): void {
    const bytes = log * PAGE_BYTES;
    if (bytes < LONG_LOG_BYTES) return;
    if (this.#grown > LAST_CHECKPOINT_BYTES && bytes < FORCED_CHECKPOINT_BYTES) {
      return this.#request();
    }
    try {
      checkpoint(this.database);
      this.#grown = 0;
    } catch {
      // The next request follows up again.
    }
  }

  #breakDown(): void {
    this.#isBroken = true;
    this.database.exec(`PRAGMA wal_autocheckpoint = ${DEFAULT_CHECKPOINT_PAGES}`);
  }
}

/** The reply to a request; empty when the thread has failed and will not reply again. */
export interface CheckpointReply {
  readonly result?: CheckpointResult;
  readonly failure?: string;
}

/** A thread that makes checkpoints; a test passes a fake. */
export interface CheckpointThread {
  /** Requests a checkpoint. Each request has one reply. */
  request(): void;
  stop(): void;
}

/** Starts the thread of `checkpoint_worker.ts`. It does not keep the process alive. */
export function startCheckpointThread(
  path: string,
  onReply: (reply: CheckpointReply) => void,
): CheckpointThread {
  const worker = new Worker(new URL("./checkpoint_worker.ts", import.meta.url), {
    workerData: path,
  });
  worker.on("message", onReply);
  worker.on("error", () => onReply({}));
  worker.on("exit", () => onReply({}));
  worker.unref();
  return {
    request: () => worker.postMessage("checkpoint"),
    stop: () => void worker.terminate(),
  };
}

export interface CheckpointResult {
  /** Pages in the write-ahead log, and how many of them are in the database now. */
  readonly log: number;
  readonly checkpointed: number;
}

/** Copies the write-ahead log into the database, as far as no reader is in the way. It waits for the
 * disk twice. */
export function checkpoint(database: DatabaseSync): CheckpointResult {
  const result = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
  return { log: Number(result?.log ?? 0), checkpointed: Number(result?.checkpointed ?? 0) };
}

/** Makes a checkpoint on a new connection. The pages are on the disk when it returns. */
export function checkpointFile(path: string): CheckpointResult {
  const database = openSqlite(path, { timeout: 0 });
  try {
    database.exec("PRAGMA synchronous = NORMAL");
    return checkpoint(database);
  } finally {
    database.close();
  }
}
