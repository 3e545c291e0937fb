/** Messages of a sender whose time of sending is remembered, at least. Later than that, a straggler
 * is counted by the ledger, but its latency is not known. */
const MIN_REMEMBERED = 1024;

/** Most messages that are remembered of all senders because of {@link MIN_REMEMBERED}. */
const MAX_REMEMBERED = 1_048_576;

/** In the count of receivers that have yet to get a message: nobody has got it. */
const UNSEEN = 2 ** 24;

/** What a delivery was to its message, as bits: the first one, the last one, both, or none. */
export const PLACE_IN_MESSAGE = { first: 1, last: 2 } as const;

/**
 * The messages in flight: when each was sent, and how many receivers have yet to get it.
 *
 * A receiver passes the messages of a sender in the order of their sequence numbers: it gets one, or
 * it gets a later one, and then need not be waited for any more. So messages are completed in that
 * order too, what is in flight of a sender is a contiguous range of at most `size` numbers, and a
 * ring holds it.
 *
 * Times are microseconds.
 */
export class SendWindow {
  /** One less than the length of a sender's ring, which is a power of two. */
  readonly #mask: number;
  readonly #shift: number;
  readonly #sentAt: Float64Array;
  readonly #writtenAt: Float64Array;
  readonly #waiting: Int32Array;
  readonly #sent: Float64Array;
  readonly #inFlight: Int32Array;

  /**
   * @param size messages that a sender may have in flight.
   * @param isPaced messages may be written later than they were to be sent.
   */
  constructor(senders: number, readonly size: number, isPaced = false) {
    const remembered = Math.min(MIN_REMEMBERED, MAX_REMEMBERED / senders);
    this.#shift = Math.ceil(Math.log2(Math.max(size, remembered)));
    const length = 2 ** this.#shift;
    this.#mask = length - 1;
    this.#sentAt = new Float64Array(senders * length);
    this.#writtenAt = isPaced ? new Float64Array(senders * length) : this.#sentAt;
    this.#waiting = new Int32Array(senders * length);
    this.#sent = new Float64Array(senders);
    this.#inFlight = new Int32Array(senders);
  }

  /** How many messages a sender may send now. */
  free(sender: number): number {
    return this.size - this.#inFlight[sender]!;
  }

  /** How many messages are in flight. */
  get inFlight(): number {
    return this.#inFlight.reduce((sum, count) => sum + count, 0);
  }

  /** True when nothing is in flight. */
  get isEmpty(): boolean {
    return this.#inFlight.every((count) => count === 0);
  }

  /**
   * A sender sends a message. Its sequence number is one higher than that of the one before.
   *
   * @param receivers how many are to get it, at least 1.
   * @param time when it was to be sent.
   * @param written when it was written, which is the same unless the window is paced.
   */
  send(
    sender: number,
    sequence: number,
    receivers: number,
    time: number,
    written: number = time,
  ): void {
    const slot = this.#slot(sender, sequence);
    this.#writtenAt[slot] = written;
    this.#sentAt[slot] = time;
    this.#waiting[slot] = UNSEEN + receivers;
    this.#sent[sender] = sequence + 1;
    this.#inFlight[sender]!++;
  }

  /** A receiver has got a message. Returns which of {@link PLACE_IN_MESSAGE} that was. */
  deliver(sender: number, sequence: number): number {
    const slot = this.#slot(sender, sequence);
    let waiting = this.#waiting[slot]! - 1;
    let place = 0;
    if (waiting >= UNSEEN) {
      waiting -= UNSEEN;
      place = PLACE_IN_MESSAGE.first;
    }
    this.#waiting[slot] = waiting;
    if (waiting > 0) return place;
    this.#inFlight[sender]!--;
    return place | PLACE_IN_MESSAGE.last;
  }

  /** A receiver has passed a message that it has not got. True if it was the last one to do so. */
  pass(sender: number, sequence: number): boolean {
    const waiting = --this.#waiting[this.#slot(sender, sequence)]!;
    if (waiting % UNSEEN > 0) return false;
    this.#inFlight[sender]!--;
    return true;
  }

  /** When a message in flight was to be sent. */
  sentAt(sender: number, sequence: number): number {
    return this.#sentAt[this.#slot(sender, sequence)]!;
  }

  /** When a message in flight was written. */
  writtenAt(sender: number, sequence: number): number {
    return this.#writtenAt[this.#slot(sender, sequence)]!;
  }

  /** When any message was to be sent; `NaN` if that is not remembered any more. */
  onceSentAt(sender: number, sequence: number): number {
    const age = this.#sent[sender]! - sequence;
    return age > this.#mask + 1 ? NaN : this.sentAt(sender, sequence);
  }

  /** Sequence number of a sender's oldest message in flight. */
  oldest(sender: number): number {
    return this.#sent[sender]! - this.#inFlight[sender]!;
  }

  /** How many of a sender's messages in flight were to be sent before a time. */
  countBefore(sender: number, time: number): number {
    const count = this.#inFlight[sender]!;
    const oldest = this.oldest(sender);
    let before = 0;
    while (before < count && this.sentAt(sender, oldest + before) < time) before++;
    return before;
  }

  #slot(sender: number, sequence: number): number {
    return (sender << this.#shift) + (sequence & this.#mask);
  }
}
