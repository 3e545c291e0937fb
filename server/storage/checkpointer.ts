import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

/** Size of a page, in bytes. Segments are large, rows of a quiet room small: measured, 8 KB is the
 * best of 4 to 32 for both. */
export const PAGE_BYTES = 8192;

/** New bytes in the log after which a checkpoint is asked for. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;

/** From this size on, the log is to be begun anew. */
const LONG_LOG_BYTES = 128 * 1024 * 1024;

/** What the rounds of the other thread may leave to this one: it takes as long as the disk takes to
 * answer, measured 10 to 60 ms on a busy one. */
const LAST_ROUND_BYTES = 1024 * 1024;

/** From this size on, this thread does it whatever it costs. */
const TOO_LONG_LOG_BYTES = 512 * 1024 * 1024;

/** SQLite's own number of pages after which a commit makes a checkpoint. */
const PAGES_A_CHECKPOINT = 1000;

/**
 * Keeps the write-ahead log short without stopping the chat.
 *
 * SQLite makes a checkpoint at the end of a commit, and waits for the disk: measured, 10 to 60 ms in
 * which nobody is served, several times a second under load. So another thread makes them.
 *
 * 1. That thread starts with the first 8 MB: a quiet server never has it.
 * 2. SQLite begins the log anew only when all of it is in the database, and under load something new
 *    is in it whenever a checkpoint ends. So rounds follow each other once the log is long, each
 *    shorter than the one before, and the little that is left is done here: once in 128 MB.
 * 3. If the thread breaks, SQLite does it in its own way again.
 */
export class Checkpointer {
  #thread: CheckpointThread | undefined;
  #isBusy = false;
  #isBroken = false;
  /** Bytes that were written since the last request, about. */
  #grown = 0;

  constructor(
    private readonly database: DatabaseSync,
    private readonly startThread: (onReply: (reply: CheckpointReply) => void) => CheckpointThread,
  ) {
    database.exec("PRAGMA wal_autocheckpoint = 0");
  }

  /** About so many bytes were written to the log. */
  committed(bytes: number): void {
    this.#grown += bytes;
    if (this.#grown >= CHECKPOINT_BYTES && !this.#isBusy && !this.#isBroken) this.#request();
  }

  /** Makes room at once, for when the disk is full. */
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
    // A failure is that of a full disk, or somebody else reads the database: later it may work.
    else if (failure === undefined) this.#breakDown();
  }

  #followUp({ log }: CheckpointResult): void {
    const bytes = log * PAGE_BYTES;
    if (bytes < LONG_LOG_BYTES) return;
    if (this.#grown > LAST_ROUND_BYTES && bytes < TOO_LONG_LOG_BYTES) return this.#request();
    try {
      checkpoint(this.database);
      this.#grown = 0;
    } catch {
      // As above.
    }
  }

  #breakDown(): void {
    this.#isBroken = true;
    this.database.exec(`PRAGMA wal_autocheckpoint = ${PAGES_A_CHECKPOINT}`);
  }
}

/** What came of a request; neither when the thread itself is broken and there will be no other. */
export interface CheckpointReply {
  readonly result?: CheckpointResult;
  readonly failure?: string;
}

/** Somebody who makes checkpoints elsewhere. */
export interface CheckpointThread {
  /** Asks for a checkpoint. There is one reply to each request. */
  request(): void;
  stop(): void;
}

/** Starts the thread of `checkpoint_worker.ts`. It does not keep a program from ending. */
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

/** How far a checkpoint came. */
export interface CheckpointResult {
  /** Pages in the write-ahead log, and those of them that are in the database now. */
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Moves what is in the write-ahead log into the database, as far as it can without making anybody
 * wait. It waits for the disk twice itself.
 */
export function checkpoint(database: DatabaseSync): CheckpointResult {
  const result = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
  return { log: Number(result?.log ?? 0), checkpointed: Number(result?.checkpointed ?? 0) };
}

/** The same, on a connection of its own. The pages are on the disk when it returns. */
export function checkpointFile(path: string): CheckpointResult {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA synchronous = NORMAL");
    return checkpoint(database);
  } finally {
    database.close();
  }
}
