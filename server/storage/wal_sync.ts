import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** Most time that what was written may be in the operating system's memory only, in milliseconds. */
export const SYNC_INTERVAL = 100;

/** What a {@link WalSync} takes from its surroundings. */
export interface WalSyncEnvironment {
  /** Milliseconds that only ever grow. */
  monotonic(): number;
  /** Calls back after that many milliseconds, unless the function it returns is called before. */
  after(milliseconds: number, callback: () => void): () => void;
}

/**
 * Brings SQLite's write-ahead log to the disk, off this thread, within {@link SYNC_INTERVAL} of a
 * commit and the time the disk takes.
 *
 * A commit in SQLite's `NORMAL` mode is safe from a crash of the process and never damages the
 * database, but a power cut takes with it whatever the operating system has not written, and that
 * may be 30 seconds' worth. `FULL` waits for the disk at each commit instead.
 */
export class WalSync {
  /** Why the disk did not take it; absent while all is well. */
  failure: unknown;

  readonly #file: number;
  #isDirty = false;
  #isRunning = false;
  #isClosed = false;
  #lastStart = -Infinity;
  #cancelTimer: (() => void) | undefined;

  /**
   * @param flush brings a file to the disk, and calls back.
   * @throws when the log cannot be opened. It must exist.
   */
  constructor(
    path: string,
    private readonly environment: WalSyncEnvironment,
    private readonly flush: (file: number, done: (error: unknown) => void) => void = fdatasync,
  ) {
    // To flush a file takes the right to write on Windows.
    this.#file = openSync(path, "r+");
  }

  /** There was a commit. */
  committed(): void {
    this.#isDirty = true;
    this.#schedule();
  }

  /** Waits for the disk, and closes. */
  close(): void {
    this.#cancelTimer?.();
    this.#isClosed = true;
    try {
      if (this.#isDirty || this.#isRunning) fdatasyncSync(this.#file);
    } catch (error) {
      this.failure = error;
    }
    // The file's number may be given to another file once it is closed: not under the feet of a
    // flush that goes on.
    if (!this.#isRunning) closeSync(this.#file);
  }

  #schedule(): void {
    if (this.#isRunning || this.#isClosed || this.#cancelTimer !== undefined) return;
    const wait = this.#lastStart + SYNC_INTERVAL - this.environment.monotonic();
    if (wait <= 0) return this.#start();
    this.#cancelTimer = this.environment.after(wait, () => {
      this.#cancelTimer = undefined;
      this.#start();
    });
  }

  #start(): void {
    this.#isRunning = true;
    this.#isDirty = false;
    this.#lastStart = this.environment.monotonic();
    this.flush(this.#file, (error) => {
      this.#isRunning = false;
      this.failure = error ?? undefined;
      if (this.#isClosed) closeSync(this.#file);
      else if (this.#isDirty) this.#schedule();
    });
  }
}
