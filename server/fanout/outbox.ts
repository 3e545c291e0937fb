import { Buffer } from "node:buffer";

/** The writing half of a connection, as far as its outbox needs it. */
export interface Sink {
  /** Starts to write; calls `written` when the kernel has taken all of it. One at a time. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Says that nothing more will come. */
  end(): void;
}

/** How much an outbox may hold before messages are left out. */
export interface OutboxLimits {
  /** Bytes that may wait for {@link softMilliseconds}; default 256 KiB. */
  readonly softBytes: number;
  /** How long more than {@link softBytes} may wait; default 10 s. */
  readonly softMilliseconds: number;
  /** Bytes that may wait at all; default 4 MiB. */
  readonly hardBytes: number;
}

/** What an outbox may share with all others, and how it ends. */
export interface OutboxOptions {
  /** Counts the bytes of all outboxes; none by default. */
  readonly budget?: OutboxBudget;
  /** Ends the connection where messages would be left out; default false. */
  readonly closesSlowClients?: boolean;
}

/** Hard bound plus soft bound for some seconds: the shape that Redis uses for its subscribers. It
 * forgives a burst and a short stall, and still bounds the memory. */
export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = {
  softBytes: 256 * 1024,
  softMilliseconds: 10_000,
  hardBytes: 4 * 1024 * 1024,
};

/** The messages that were skipped for a client, reported to it when it reads again. */
export interface Skipped {
  count: number;
  from: number;
  to: number;
  /** Whether notices, such as `joined`, were skipped, too, or only notices. */
  hasNotices?: true;
}

/** Bytes joined into one write when a blocked connection takes more again. */
const JOINED_WRITE_BYTES = 256 * 1024;

/** Waiting buffers up to this size are copied together, up to {@link MAX_TAIL_BYTES}: each buffer of
 * its own costs some 500 bytes more (600,000 notices of 100 bytes took 382 MB). */
const SMALL_BYTES = 4096;
const MIN_TAIL_BYTES = 1024;
const MAX_TAIL_BYTES = 16_384;

/**
 * What one connection is still to be sent, bounded.
 *
 * 1. At most one write is under way; what comes meanwhile waits here, as references to buffers that
 *    all members of a room share, and goes out joined in one write.
 * 2. Nothing here waits: a write never delays the caller.
 * 3. Over the bounds, messages of the room are counted instead of queued, until the connection has
 *    taken all that waited; then {@link onDrained} receives what was skipped.
 * 4. Answers to the client itself are queued up to the hard bound: their number is bounded by not
 *    reading on while {@link isFullOfAnswers}.
 * 5. Frames that others cause are left out once half of the hard bound waits ({@link isBehind}), so
 *    that no other client brings a connection to its bound.
 * 6. Past the hard bound, by whatever path, the queue is dropped and the connection ends
 *    ({@link overflow}).
 * 7. Pieces of files neither count as answers nor against the bounds: there are never more than
 *    their window.
 * 8. Order is kept.
 */
export class Outbox implements Budgeted {
  #queue: Uint8Array[] = [];
  /** Memory in which the last of the queue grows, where that is several small buffers. */
  #tail: Uint8Array | undefined;
  #queuedBytes = 0;
  #bytesInFlight = 0;
  /** Writes that were taken. */
  #writesTaken = 0;
  /** Bytes of answers among what was written since the outbox was last empty. */
  #answerBytes = 0;
  /** Since when more than the soft bound waits, in monotonic milliseconds. */
  #overSoftSince: number | undefined;
  /** Bytes of pieces of files that are still to come as answers. */
  #exemptBytes = 0;
  /** Bytes that may wait besides, see {@link raiseLimit}. */
  #allowance = 0;
  #isSkipping = false;
  #skipped: Skipped = { count: 0, from: 0, to: 0 };
  #isEnding = false;
  #isClosed = false;
  #hasOverflowed = false;

  /**
   * @param onDrained called when all was taken after messages were skipped or answers were too many,
   * with what was skipped.
   * @param onOverflow called once when the queue was dropped: the connection is to end.
   */
  constructor(
    private readonly sink: Sink,
    private readonly limits: OutboxLimits,
    private readonly onDrained: (skipped: Skipped | undefined) => void,
    private readonly onOverflow: () => void,
    private readonly options: OutboxOptions = {},
  ) {}

  /** Bytes that wait behind the write that is under way. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Number of the write that the system has not taken yet; `undefined` without one. */
  get writeUnderWay(): number | undefined {
    return this.#bytesInFlight === 0 ? undefined : this.#writesTaken;
  }

  /** Bytes that wait or are being written. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#bytesInFlight;
  }

  /** True while the waiting answers reach the bound past which the client's next frames should not be read. Messages of
   * the room do not count: a client that sends and never reads is still read. */
  get isFullOfAnswers(): boolean {
    return this.#answerBytes > this.limits.softBytes;
  }

  /** True while messages are left out. */
  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  /**
   * True while frames that others cause are to be left out, or refused to their sender.
   *
   * @param moreBytes bytes that are not written here yet.
   */
  isBehind(moreBytes: number): boolean {
    return this.#isSkipping ||
      this.waitingBytes + moreBytes > this.limits.hardBytes / 2 + this.#allowance;
  }

  /**
   * Decides whether messages of the room may be queued now.
   *
   * @param now monotonic milliseconds.
   * @returns false where they are to be left out, see {@link skip}.
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

  /** Raises the bound by a number of bytes: of files that others send. Negative lowers it again. */
  raiseLimit(bytes: number): void {
    this.#allowance += bytes;
  }

  /** Exempts a number of the bytes that are written next as answers: others send them. */
  exemptBytes(bytes: number): void {
    this.#exemptBytes += bytes;
  }

  /**
   * Counts messages that were left out, by their sequence numbers.
   *
   * @param hasNotices whether notices were skipped, too.
   */
  skip(from: number, to: number, hasNotices = false): void {
    if (hasNotices) this.#skipped.hasNotices = true;
    if (to < from) return;
    if (this.#skipped.count === 0) this.#skipped.from = from;
    this.#skipped.count += to - from + 1;
    this.#skipped.to = to;
  }

  /**
   * Writes, or queues while a write is under way. The bytes must not change afterwards.
   *
   * @param answerBytes how many of the bytes are answers to the client itself.
   */
  write(bytes: Uint8Array, answerBytes = 0): void {
    if (this.#isClosed || bytes.length === 0) return;
    const exempt = Math.min(answerBytes, this.#exemptBytes);
    this.#exemptBytes -= exempt;
    this.#answerBytes += answerBytes - exempt;
    if (this.#bytesInFlight === 0) {
      this.#bytesInFlight = bytes.length;
      return this.sink.write(bytes, this.#written);
    }
    // Messages of the room were admitted before; what is added to them is checked here.
    const unadmitted = answerBytes - exempt;
    const isOver = unadmitted > 0 &&
      this.waitingBytes + unadmitted > this.limits.hardBytes + this.#allowance;
    if (isOver && !this.#hasOverflowed) return this.overflow();
    this.#append(bytes);
    this.#count(bytes.length);
  }

  /** Drops the queue, and reports it once: the connection is to end. What is being written
   * stays. */
  overflow(): void {
    this.#dropQueue();
    if (this.#hasOverflowed || this.#isClosed) return;
    this.#hasOverflowed = true;
    this.#isSkipping = true;
    this.onOverflow();
  }

  /** Ends the connection once everything was written. */
  end(): void {
    this.#isEnding = true;
    if (this.#bytesInFlight === 0) this.#endSink();
  }

  /** Forgets everything: the connection is gone. */
  close(): void {
    this.#isClosed = true;
    this.#dropQueue();
    this.#bytesInFlight = 0;
  }

  /** Adds to the queue: by reference, or together with a small buffer before it. */
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
    if (!this.#isSkipping && !wasFull) return;
    this.#isSkipping = false;
    const skipped = this.#skipped;
    this.#skipped = { count: 0, from: 0, to: 0 };
    const isNothing = skipped.count === 0 && skipped.hasNotices === undefined;
    this.onDrained(isNothing ? undefined : skipped);
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

/** An outbox, as far as the budget needs it. */
export interface Budgeted {
  /** Bytes that wait behind the write that is under way. */
  readonly queuedBytes: number;
  /** Drops the queue; the connection ends with a reason. */
  overflow(): void;
}

/** Share of the limit down to which outboxes are ended once it is passed, so that the next bytes do
 * not make the search necessary again. */
const RELIEF_SHARE = 0.9;

/**
 * The bytes that wait in all outboxes of a server, bounded.
 *
 * Past the limit the largest outboxes overflow first, as with `maxmemory-clients` in Redis: those of
 * clients that do not read. Their sessions can be resumed.
 *
 * A buffer that all members of a room share counts for each of them, as if it were copied: it is when
 * it is handed to the kernel. The one write that is under way does not count: a client that reads has
 * no other.
 */
export class OutboxBudget {
  readonly #waiting = new Set<Budgeted>();
  #usedBytes = 0;

  /**
   * @param limitBytes bytes that may wait in all outboxes together.
   * @param onOverflow called for each outbox that is dropped.
   */
  constructor(readonly limitBytes: number, private readonly onOverflow: () => void = () => {}) {}

  /** Bytes that wait in all outboxes. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts a change of what waits in an outbox behind the write that is under way. */
  add(outbox: Budgeted, bytes: number): void {
    this.#usedBytes += bytes;
    if (outbox.queuedBytes > 0) this.#waiting.add(outbox);
    else this.#waiting.delete(outbox);
  }

  /** Ends the largest outboxes if the limit is passed. Call it between two flushes. */
  enforce(): void {
    if (this.#usedBytes <= this.limitBytes) return;
    const largestFirst = [...this.#waiting].sort((a, b) => b.queuedBytes - a.queuedBytes);
    for (const outbox of largestFirst) {
      if (this.#usedBytes <= this.limitBytes * RELIEF_SHARE) break;
      outbox.overflow();
      this.onOverflow();
    }
  }
}
