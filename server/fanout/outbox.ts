import { Buffer } from "node:buffer";
import type { Budgeted, OutboxBudget } from "./outbox_budget.ts";

/** The writing half of a connection. */
export interface Sink {
  /** Writes; calls `written` when the kernel has accepted all bytes. One write at a time. */
  write(bytes: Uint8Array, written: () => void): void;
  end(): void;
}

/** The bounds of an outbox, past which messages are skipped. */
export interface OutboxLimits {
  /** Bytes that may wait for {@link softMilliseconds}; default 256 KiB. */
  readonly softBytes: number;
  /** Milliseconds for which more than {@link softBytes} may wait; default 10 s. */
  readonly softMilliseconds: number;
  /** Maximum number of waiting bytes; default 4 MiB. */
  readonly hardBytes: number;
}

export interface OutboxOptions {
  /** Counts the bytes of all outboxes; none by default. */
  readonly budget?: OutboxBudget;
  /** Ends the connection instead of skipping messages; default false. */
  readonly closesSlowClients?: boolean;
}

/** A hard bound, and a soft bound for some seconds, as Redis has for its subscribers: tolerates a burst
 * and a short pause, and bounds the memory. */
export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = {
  softBytes: 256 * 1024,
  softMilliseconds: 10_000,
  hardBytes: 4 * 1024 * 1024,
};

/** The messages of a room that were skipped for a client, reported to it when it reads again. */
export interface Skipped {
  readonly room: string;
  count: number;
  from: number;
  to: number;
  /** Whether notices, such as `joined`, were skipped, too, or only notices. */
  hasNotices?: true;
}

/** Maximum bytes that are joined into one write when a blocked connection accepts more. */
const JOINED_WRITE_BYTES = 256 * 1024;

/** Waiting buffers up to this size are copied together, up to {@link MAX_TAIL_BYTES}: each separate
 * buffer costs some 500 bytes more (600,000 notices of 100 bytes took 382 MB). */
const SMALL_BYTES = 4096;
const MIN_TAIL_BYTES = 1024;
const MAX_TAIL_BYTES = 16_384;

/**
 * The waiting output of one connection, bounded.
 *
 * 1. Only one write is active; later output waits here, as references to buffers that all members of a
 *    room share (small ones are copied together), and is joined into one write.
 * 2. No call waits: a write never delays the caller.
 * 3. Past the bounds, messages of rooms are counted instead of queued until all waiting output is
 *    written; then {@link onDrained} receives the numbers of the skipped ones.
 * 4. Answers to the client itself are queued up to the hard bound: input is not read while
 *    {@link isFullOfAnswers}.
 * 5. Frames that other clients cause do not count as answers, and are dropped while messages are skipped
 *    and once half of the hard bound waits ({@link isBehind}), so that no other client brings a
 *    connection to its bound, or stops the reading of its input. The few kinds that nothing replaces
 *    ({@link isKept}) are dropped only for half of the bound. {@link onDrained} reports dropped ones.
 * 6. Past the hard bound, the queue is dropped and the connection ends ({@link overflow}). Nothing but its
 *    last output follows: a resumed session would miss what was dropped before later frames.
 * 7. Transfers of files count neither as answers nor for the bounds: their windows bound them.
 * 8. The order is kept.
 */
export class Outbox implements Budgeted {
  #queue: Uint8Array[] = [];
  /** Growing memory of the end of the queue, if that is several small buffers. */
  #tail: Uint8Array | undefined;
  #queuedBytes = 0;
  #bytesInFlight = 0;
  #writesTaken = 0;
  /** Bytes of answers in the output since the outbox was last empty. */
  #answerBytes = 0;
  /** Start of the time with more than the soft bound, in monotonic milliseconds. */
  #overSoftSince: number | undefined;
  /** Additional bytes, see {@link raiseLimit}. */
  #allowance = 0;
  #isSkipping = false;
  /** By room, in the order of the first skip. */
  #skipped: Skipped[] = [];
  #isEnding = false;
  #isClosed = false;
  #hasOverflowed = false;

  /**
   * @param onDrained called when all output is written after messages or notices were skipped or answers
   * were too many, with what was skipped.
   * @param onOverflow called once when the queue was dropped: the connection must end.
   */
  constructor(
    private readonly sink: Sink,
    private readonly limits: OutboxLimits,
    private readonly onDrained: (skipped: readonly Skipped[]) => void,
    private readonly onOverflow: () => void,
    private readonly options: OutboxOptions = {},
  ) {}

  /** Bytes that wait for the active write. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Number of the active write; `undefined` without one. */
  get writeUnderWay(): number | undefined {
    return this.#bytesInFlight === 0 ? undefined : this.#writesTaken;
  }

  /** Bytes that wait or are being written. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#bytesInFlight;
  }

  /** Whether the answers since the outbox was last empty are over the soft bound, past which input is not
   * read. Messages of the room do not count: a client that sends and never reads is still read. */
  get isFullOfAnswers(): boolean {
    return this.#answerBytes > this.limits.softBytes;
  }

  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  /**
   * Whether frames that other clients cause are dropped, or refused to their sender.
   *
   * @param moreBytes bytes that are not in the outbox yet.
   */
  isBehind(moreBytes: number): boolean {
    return this.#isSkipping || this.isHalfFull(moreBytes);
  }

  /** Whether the waiting bytes and some more are over half of the hard bound. */
  isHalfFull(moreBytes: number): boolean {
    return this.waitingBytes + moreBytes > this.limits.hardBytes / 2 + this.#allowance;
  }

  /** Whether the waiting bytes and some more are over the hard bound. */
  exceedsHardBound(moreBytes: number): boolean {
    return this.waitingBytes + moreBytes > this.limits.hardBytes + this.#allowance;
  }

  /**
   * Decides whether messages of the room may be queued now.
   *
   * @param now monotonic milliseconds.
   * @returns false if they must be skipped, see {@link skip}.
   */
  admit(now: number): boolean {
    if (this.#isSkipping) return false;
    const waiting = this.waitingBytes - this.#allowance;
    if (waiting <= this.limits.softBytes) {
      this.#overSoftSince = undefined;
      return true;
    }
    this.#overSoftSince ??= now;
    this.#isSkipping = waiting > this.limits.hardBytes ||
      now - this.#overSoftSince > this.limits.softMilliseconds;
    if (this.#isSkipping && this.options.closesSlowClients === true) this.overflow();
    return !this.#isSkipping;
  }

  /** Raises the bounds by a number of bytes, for files of other clients. Negative lowers them again. */
  raiseLimit(bytes: number): void {
    this.#allowance += bytes;
  }

  /** Counts skipped messages by their numbers. @param hasNotices whether notices were skipped, too. */
  skip(room: string, from: number, to: number, hasNotices = false): void {
    if (hasNotices) this.skipNotice(room);
    if (to < from) return;
    const skipped = this.#skippedOf(room);
    if (skipped.count === 0) skipped.from = from;
    skipped.count += to - from + 1;
    skipped.to = to;
  }

  /** Records that a frame of another client about a room was dropped. */
  skipNotice(room: string): void {
    this.#skippedOf(room).hasNotices = true;
  }

  #skippedOf(room: string): Skipped {
    let skipped = this.#skipped.find((each) => each.room === room);
    if (skipped === undefined) this.#skipped.push(skipped = { room, count: 0, from: 0, to: 0 });
    return skipped;
  }

  /**
   * Writes, or queues during a write. The bytes must not change afterwards.
   *
   * @param answerBytes number of bytes of answers to the client itself.
   * @param isLast whether it is the last output of the connection.
   */
  write(bytes: Uint8Array, answerBytes = 0, isLast = false): void {
    if (this.#isClosed || bytes.length === 0 || (this.#hasOverflowed && !isLast)) return;
    this.#answerBytes += answerBytes;
    if (this.#bytesInFlight === 0) {
      this.#bytesInFlight = bytes.length;
      return this.sink.write(bytes, this.#written);
    }
    // Messages of the room were admitted before; answers after them are checked here.
    const isOver = answerBytes > 0 && this.exceedsHardBound(answerBytes);
    if (isOver && !this.#hasOverflowed) return this.overflow();
    this.#append(bytes);
    this.#count(bytes.length);
  }

  /** Drops the queue, and reports it once: the connection must end. The active write continues. */
  overflow(): void {
    this.#dropQueue();
    if (this.#hasOverflowed || this.#isClosed) return;
    this.#hasOverflowed = true;
    this.#isSkipping = true;
    this.onOverflow();
  }

  end(): void {
    this.#isEnding = true;
    if (this.#bytesInFlight === 0) this.#endSink();
  }

  /** Drops everything: the connection is closed. */
  close(): void {
    this.#isClosed = true;
    this.#dropQueue();
    this.#bytesInFlight = 0;
  }

  /** Queues a buffer by reference, or copies it to a small buffer before it. */
  #append(bytes: Uint8Array): void {
    const last = this.#queue.at(-1);
    const length = (last?.length ?? 0) + bytes.length;
    if (
      last === undefined || bytes.length > SMALL_BYTES || length > MAX_TAIL_BYTES ||
      (this.#tail === undefined && last.length > SMALL_BYTES)
    ) {
      this.#tail = undefined;
      this.#queue.push(bytes);
      return;
    }
    if (this.#tail === undefined || this.#tail.length < length) {
      const tail = new Uint8Array(Math.min(Math.max(2 * length, MIN_TAIL_BYTES), MAX_TAIL_BYTES));
      tail.set(last);
      this.#tail = tail;
    }
    this.#tail.set(bytes, last.length);
    this.#queue[this.#queue.length - 1] = this.#tail.subarray(0, length);
  }

  #count(bytes: number): void {
    this.#queuedBytes += bytes;
    this.options.budget?.add(this, bytes);
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#tail = undefined;
    if (this.#queuedBytes > 0) this.#count(-this.#queuedBytes);
  }

  #written = (): void => {
    if (this.#isClosed) return;
    this.#bytesInFlight = 0;
    this.#writesTaken++;
    if (this.#queue.length > 0) return this.#writeQueued();
    if (this.#isEnding) return this.#endSink();
    const wasFull = this.isFullOfAnswers;
    this.#answerBytes = 0;
    this.#overSoftSince = undefined;
    if (!this.#isSkipping && !wasFull && this.#skipped.length === 0) return;
    this.#isSkipping = false;
    const skipped = this.#skipped;
    this.#skipped = [];
    this.onDrained(skipped);
  };

  #writeQueued(): void {
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && bytes < JOINED_WRITE_BYTES) {
      bytes += this.#queue[count++]!.length;
    }
    const joined = this.#queue.splice(0, count);
    if (this.#queue.length === 0) this.#tail = undefined;
    this.#count(-bytes);
    this.#bytesInFlight = bytes;
    this.sink.write(joined.length === 1 ? joined[0]! : Buffer.concat(joined, bytes), this.#written);
  }

  #endSink(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.sink.end();
  }
}
