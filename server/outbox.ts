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

/** Hard bound plus soft bound for some seconds: the shape that Redis uses for its subscribers. It
 * forgives a burst and a short stall, and still bounds the memory. */
export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = {
  softBytes: 256 * 1024,
  softMilliseconds: 10_000,
  hardBytes: 4 * 1024 * 1024,
};

/** The messages that a client was not sent, told to it when it reads again. */
export interface Skipped {
  count: number;
  from: number;
  to: number;
}

/** Bytes joined into one write when a blocked connection takes more again. */
const JOINED_WRITE_BYTES = 256 * 1024;

/**
 * What one connection is still to be sent, bounded.
 *
 * 1. At most one write is under way; what comes meanwhile waits here, as references to buffers that
 *    all members of a room share, and goes out joined in one write.
 * 2. Nothing here waits: a write never delays the caller.
 * 3. Over the bounds, messages of the room are counted instead of queued, until the connection has
 *    taken all that waited; then {@link onDrained} hears how many were left out.
 * 4. Answers to the client itself are always queued: their number is bounded by not reading on
 *    while {@link isFullOfAnswers}.
 * 5. Pieces of files are neither: there are never more than their window, and they count neither as
 *    answers nor against the bounds.
 * 6. Order is kept.
 */
export class Outbox {
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #bytesInFlight = 0;
  /** Bytes of answers among what was written since the outbox was last empty. */
  #answerBytes = 0;
  /** Since when more than the soft bound waits, in monotonic milliseconds. */
  #overSoftSince: number | undefined;
  /** Bytes of pieces of files that are still to come as answers. */
  #relayedBytes = 0;
  /** Bytes that may wait besides, see {@link allow}. */
  #allowance = 0;
  #skipping = false;
  #skipped: Skipped = { count: 0, from: 0, to: 0 };
  #ending = false;
  #closed = false;

  /**
   * @param onDrained called when all was taken after messages were skipped or answers were too many,
   * with what was skipped.
   * @param onOverflow if given, what waits is dropped at the bounds and this is called, once: the
   * connection is to end.
   */
  constructor(
    private readonly sink: Sink,
    private readonly limits: OutboxLimits,
    private readonly onDrained: (skipped: Skipped | undefined) => void,
    private readonly onOverflow?: () => void,
  ) {}

  /** Bytes that wait or are being written. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#bytesInFlight;
  }

  /** True while so many answers wait that the client's next frames should not be read. What the room
   * says does not count: somebody who talks and never reads is still heard. */
  get isFullOfAnswers(): boolean {
    return this.#answerBytes > this.limits.softBytes;
  }

  /** True while messages are left out. */
  get isSkipping(): boolean {
    return this.#skipping;
  }

  /**
   * Decides whether messages of the room are to be left out now.
   *
   * @param now monotonic milliseconds.
   */
  mustSkip(now: number): boolean {
    if (this.#skipping) return true;
    const waiting = this.waitingBytes - this.#allowance;
    if (waiting <= this.limits.softBytes) {
      this.#overSoftSince = undefined;
      return false;
    }
    this.#overSoftSince ??= now;
    this.#skipping = waiting > this.limits.hardBytes ||
      now - this.#overSoftSince > this.limits.softMilliseconds;
    if (this.#skipping && this.onOverflow !== undefined) this.#overflow(this.onOverflow);
    return this.#skipping;
  }

  /** From here on so many bytes more may wait: of files that others send. Negative takes it back. */
  allow(bytes: number): void {
    this.#allowance += bytes;
  }

  /** So many of the bytes that are written next as answers are none: somebody else sends them. */
  relays(bytes: number): void {
    this.#relayedBytes += bytes;
  }

  /** Counts messages that were left out, by their sequence numbers. */
  skip(from: number, to: number): void {
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
    if (this.#closed || bytes.length === 0) return;
    const relayed = Math.min(answerBytes, this.#relayedBytes);
    this.#relayedBytes -= relayed;
    this.#answerBytes += answerBytes - relayed;
    if (this.#bytesInFlight > 0) {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.length;
      return;
    }
    this.#bytesInFlight = bytes.length;
    this.sink.write(bytes, this.#written);
  }

  /** Ends the connection once everything was written. */
  end(): void {
    this.#ending = true;
    if (this.#bytesInFlight === 0) this.#endSink();
  }

  /** Forgets everything: the connection is gone. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#bytesInFlight = 0;
  }

  #overflow(tell: () => void): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    tell();
  }

  #written = (): void => {
    if (this.#closed) return;
    this.#bytesInFlight = 0;
    if (this.#queue.length > 0) return this.#writeQueued();
    if (this.#ending) return this.#endSink();
    const wasFull = this.isFullOfAnswers;
    this.#answerBytes = 0;
    this.#overSoftSince = undefined;
    if (!this.#skipping && !wasFull) return;
    this.#skipping = false;
    const skipped = this.#skipped;
    this.#skipped = { count: 0, from: 0, to: 0 };
    this.onDrained(skipped.count > 0 ? skipped : undefined);
  };

  #writeQueued(): void {
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && bytes < JOINED_WRITE_BYTES) {
      bytes += this.#queue[count++]!.length;
    }
    const joined = this.#queue.splice(0, count);
    this.#queuedBytes -= bytes;
    this.#bytesInFlight = bytes;
    this.sink.write(joined.length === 1 ? joined[0]! : Buffer.concat(joined, bytes), this.#written);
  }

  #endSink(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.sink.end();
  }
}
