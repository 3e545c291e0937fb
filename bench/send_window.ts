/** Messages of a sender whose time of sending is remembered, at least. Later than that, a straggler
 * is counted by the ledger, but its latency is not known. */
const MIN_REMEMBERED = 1024;

/**
 * The messages in flight: when each was sent, and how many receivers have yet to get it.
 *
 * A receiver passes the messages of a sender in the order of their sequence numbers: it gets one, or
 * it gets a later one, and then need not be waited for any more. So messages are completed in that
 * order too, what is in flight of a sender is a contiguous range of at most `size` numbers, and a
 * ring holds it.
 */
export class SendWindow {
  /** One less than the length of a sender's ring, which is a power of two. */
  readonly #mask: number;
  readonly #shift: number;
  readonly #sentAt: Float64Array;
  readonly #waiting: Int32Array;
  readonly #sent: Float64Array;
  readonly #inFlight: Int32Array;

  /** @param size messages that a sender may have in flight. */
  constructor(senders: number, readonly size: number) {
    this.#shift = Math.ceil(Math.log2(Math.max(size, MIN_REMEMBERED)));
    const length = 2 ** this.#shift;
    this.#mask = length - 1;
    this.#sentAt = new Float64Array(senders * length);
    this.#waiting = new Int32Array(senders * length);
    this.#sent = new Float64Array(senders);
    this.#inFlight = new Int32Array(senders);
  }

  /** How many messages a sender may send now. */
  free(sender: number): number {
    return this.size - this.#inFlight[sender]!;
  }

  /** True when nothing is in flight. */
  get isEmpty(): boolean {
    return this.#inFlight.every((count) => count === 0);
  }

  /**
   * A sender sends a message. Its sequence number is one higher than that of the one before.
   *
   * @param receivers how many are to get it, at least 1.
   * @param time in microseconds.
   */
  send(sender: number, sequence: number, receivers: number, time: number): void {
    const slot = this.#slot(sender, sequence);
    this.#sentAt[slot] = time;
    this.#waiting[slot] = receivers;
    this.#sent[sender] = sequence + 1;
    this.#inFlight[sender]!++;
  }

  /** A receiver has passed a message. True if it was the last one to do so. */
  pass(sender: number, sequence: number): boolean {
    if (--this.#waiting[this.#slot(sender, sequence)]! > 0) return false;
    this.#inFlight[sender]!--;
    return true;
  }

  /** When a message in flight was sent, in microseconds. */
  sentAt(sender: number, sequence: number): number {
    return this.#sentAt[this.#slot(sender, sequence)]!;
  }

  /** When any message was sent, in microseconds; `NaN` if that is not remembered any more. */
  onceSentAt(sender: number, sequence: number): number {
    const age = this.#sent[sender]! - sequence;
    return age > this.#mask + 1 ? NaN : this.sentAt(sender, sequence);
  }

  /** When the oldest message in flight was sent, in microseconds; `NaN` if there is none. */
  oldest(sender: number): number {
    const count = this.#inFlight[sender]!;
    return count === 0 ? NaN : this.sentAt(sender, this.#sent[sender]! - count);
  }

  #slot(sender: number, sequence: number): number {
    return (sender << this.#shift) + (sequence & this.#mask);
  }
}
