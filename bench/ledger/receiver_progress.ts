/**
 * How far the receivers of one thread have come with each sender. The position of a receiver is the
 * sequence number that it expects next.
 *
 * It counts the receivers at each position, so a receiver that goes past any number of messages costs
 * two additions, and a message costs one step when the last receiver has passed it. Positions are
 * those of messages in flight, so a ring per sender holds them.
 */
export class ReceiverProgress {
  /** By sender and position: number of receivers. */
  readonly #counts: Int32Array;
  /** One less than the length of a sender's ring. */
  readonly #mask: number;
  readonly #shift: number;
  /** By sender: number of receivers. */
  readonly #receivers: Int32Array;
  /** By sender: the lowest position of a receiver. */
  readonly #slowest: Float64Array;

  /**
   * @param receivers by sender: number of receivers. All of them begin at position 0.
   * @param window maximum number of messages in flight per sender.
   */
  constructor(receivers: readonly number[], window: number) {
    // With as many messages in flight there is one position more.
    this.#shift = Math.ceil(Math.log2(window + 1));
    this.#mask = 2 ** this.#shift - 1;
    this.#counts = new Int32Array(receivers.length << this.#shift);
    this.#receivers = Int32Array.from(receivers);
    this.#slowest = new Float64Array(receivers.length);
    receivers.forEach((count, sender) => this.#counts[sender << this.#shift] = count);
  }

  /** The position that all receivers have reached. */
  slowest(sender: number): number {
    return this.#slowest[sender]!;
  }

  /** A receiver has passed the messages from one position to a later one. */
  move(sender: number, from: number, to: number): void {
    const base = sender << this.#shift;
    this.#counts[base + (to & this.#mask)]!++;
    if (--this.#counts[base + (from & this.#mask)]! === 0) this.#advance(sender, from);
  }

  /**
   * A receiver is lost.
   *
   * @param end position behind the messages sent so far, which are all passed if it was the last one.
   */
  leave(sender: number, from: number, end: number): void {
    const left = --this.#counts[(sender << this.#shift) + (from & this.#mask)]!;
    if (--this.#receivers[sender]! === 0) this.#slowest[sender] = end;
    else if (left === 0) this.#advance(sender, from);
  }

  /** The last receiver has left a position. */
  #advance(sender: number, from: number): void {
    let slowest = this.#slowest[sender]!;
    if (from !== slowest) return;
    const base = sender << this.#shift;
    while (this.#counts[base + (slowest & this.#mask)] === 0) slowest++;
    this.#slowest[sender] = slowest;
  }
}
