/** Minimum number of messages per sender whose time is remembered. A delivery after that is counted by
 * the ledger, but its latency is unknown. */
const MIN_REMEMBERED = 1024;

/** Maximum number of messages of all senders that are remembered because of {@link MIN_REMEMBERED}. */
const MAX_REMEMBERED = 1_048_576;

/** A bit in the count of threads that wait for a message: no receiver has it yet. */
const UNSEEN = 2 ** 24;

/** Memory of a {@link SendWindow}. It can be posted to other threads, which then share the window. */
export interface SendWindowMemory {
  /** Maximum number of messages in flight per sender. */
  readonly size: number;
  /** Length of a sender's ring, as a power of two. */
  readonly shift: number;
  readonly sentAt: Float64Array;
  readonly writtenAt: Float64Array;
  readonly waiting: Int32Array;
  readonly sent: Float64Array;
  readonly inFlight: Int32Array;
}

/**
 * Allocates the memory of a {@link SendWindow}.
 *
 * @param senders number of senders of all threads.
 * @param size maximum number of messages in flight per sender.
 * @param isPaced messages may be written later than they are due.
 */
export function sendWindowMemory(
  senders: number,
  size: number,
  isPaced = false,
): SendWindowMemory {
  const remembered = Math.min(MIN_REMEMBERED, MAX_REMEMBERED / senders);
  const shift = Math.ceil(Math.log2(Math.max(size, remembered)));
  const places = senders * 2 ** shift;
  const times = () => new Float64Array(new SharedArrayBuffer(places * 8));
  const sentAt = times();
  return {
    size,
    shift,
    sentAt,
    writtenAt: isPaced ? times() : sentAt,
    waiting: new Int32Array(new SharedArrayBuffer(places * 4)),
    sent: new Float64Array(new SharedArrayBuffer(senders * 8)),
    inFlight: new Int32Array(new SharedArrayBuffer(senders * 4)),
  };
}

/**
 * The messages in flight: when each was sent, and how many threads have receivers that still wait for
 * it.
 *
 * A receiver passes the messages of a sender in the order of their sequence numbers: it gets one, or
 * it gets a later one and then need not be waited for any more. So messages are completed in that
 * order too, the messages in flight of a sender are a contiguous range of at most `size` numbers, and
 * a ring holds it.
 *
 * Several threads may share one window, each with receivers of its own. A thread passes a message
 * once, when all of its receivers have passed it ({@link ReceiverProgress}):
 *
 * 1. Counts are changed by atomic operations.
 * 2. Everything else is written before the message is, and read after it was received, which is later
 *    on every processor.
 * 3. A place in the ring is used again only when the message in it is complete, which is the last that
 *    any thread does to it.
 *
 * Times are microseconds, by one clock.
 */
export class SendWindow {
  readonly size: number;
  /** One less than the length of a sender's ring. */
  readonly #mask: number;
  readonly #shift: number;
  readonly #sentAt: Float64Array;
  readonly #writtenAt: Float64Array;
  readonly #waiting: Int32Array;
  readonly #sent: Float64Array;
  readonly #inFlight: Int32Array;

  constructor({ size, shift, sentAt, writtenAt, waiting, sent, inFlight }: SendWindowMemory) {
    this.size = size;
    this.#shift = shift;
    this.#mask = 2 ** shift - 1;
    this.#sentAt = sentAt;
    this.#writtenAt = writtenAt;
    this.#waiting = waiting;
    this.#sent = sent;
    this.#inFlight = inFlight;
  }

  /** Number of messages that a sender may send now. */
  free(sender: number): number {
    return this.size - Atomics.load(this.#inFlight, sender);
  }

  /** Number of messages in flight of the senders from `first` up to `end`. */
  inFlight(first: number, end: number): number {
    let count = 0;
    for (let sender = first; sender < end; sender++) count += Atomics.load(this.#inFlight, sender);
    return count;
  }

  /**
   * Adds a message. Its sequence number is one higher than that of the one before.
   *
   * @param threads number of threads with receivers of it, at least 1.
   * @param time when it is due.
   * @param written when it is written, which is the same unless the window is paced.
   */
  send(
    sender: number,
    sequence: number,
    threads: number,
    time: number,
    written: number = time,
  ): void {
    const slot = this.#slot(sender, sequence);
    this.#writtenAt[slot] = written;
    this.#sentAt[slot] = time;
    Atomics.store(this.#waiting, slot, UNSEEN + threads);
    this.#sent[sender] = sequence + 1;
    Atomics.add(this.#inFlight, sender, 1);
  }

  /**
   * A receiver has a message that its thread has not passed.
   *
   * @returns whether it is the first one of all threads.
   */
  see(sender: number, sequence: number): boolean {
    const slot = this.#slot(sender, sequence);
    const waiting = this.#waiting;
    // While this thread is still counted the message cannot be complete, nor its place used again.
    return Atomics.load(waiting, slot) >= UNSEEN &&
      Atomics.and(waiting, slot, UNSEEN - 1) >= UNSEEN;
  }

  /** All receivers of a thread have passed a message. Returns whether it was the last thread. */
  pass(sender: number, sequence: number): boolean {
    const before = Atomics.sub(this.#waiting, this.#slot(sender, sequence), 1);
    if (before % UNSEEN > 1) return false;
    Atomics.sub(this.#inFlight, sender, 1);
    return true;
  }

  /** When a message in flight was due. */
  sentAt(sender: number, sequence: number): number {
    return this.#sentAt[this.#slot(sender, sequence)]!;
  }

  /** When a message in flight was written. */
  writtenAt(sender: number, sequence: number): number {
    return this.#writtenAt[this.#slot(sender, sequence)]!;
  }

  /** When any message was due; `NaN` if that is no longer remembered. */
  onceSentAt(sender: number, sequence: number): number {
    const time = this.sentAt(sender, sequence);
    // Checked afterwards: meanwhile another thread may have used the place again, or be about to.
    const age = this.#sent[sender]! - sequence;
    return age > this.#mask ? NaN : time;
  }

  /** Sequence number of a sender's oldest message in flight. */
  oldest(sender: number): number {
    return this.#sent[sender]! - Atomics.load(this.#inFlight, sender);
  }

  /**
   * The sequence number behind the last of a sender's messages in flight that were due before a time;
   * `undefined` without such messages. No message may be sent meanwhile.
   */
  endBefore(sender: number, time: number): number | undefined {
    const oldest = this.oldest(sender);
    const end = this.#sent[sender]!;
    let sequence = oldest;
    while (sequence < end && this.sentAt(sender, sequence) < time) sequence++;
    return sequence === oldest ? undefined : sequence;
  }

  #slot(sender: number, sequence: number): number {
    return (sender << this.#shift) + (sequence & this.#mask);
  }
}
