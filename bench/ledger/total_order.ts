import { Mutex } from "./mutex.ts";

/** Maximum number of messages per receiver that wait for their position. */
const MAX_AWAITED = 65_536;

/** The check of the order of the deliveries to some receivers. */
export interface OrderCheck {
  /** Deliveries in another order than other receivers got them. */
  readonly violations: number;
  /** Deliveries whose message had no position in the order: too many waited for theirs, or the receivers
   * that define the order did not get the message in time. */
  readonly unchecked: number;
}

/** What the threads of a run share about the order. It can be posted to them. */
export interface TotalOrderMemory {
  /** Length of a sender's ring, as a power of two. */
  readonly shift: number;
  /** By place in a ring: one more than the sequence number of its message, the lower 32 bits. */
  readonly holders: Int32Array;
  /** By place in a ring: the position of its message in the order, from 1. */
  readonly positions: Float64Array;
  /** Number of messages in the order, as the only element. */
  readonly count: Float64Array;
  readonly mutex: Int32Array;
}

/**
 * Allocates what the threads of a run share about the order.
 *
 * @param senders number of senders of all threads.
 * @param shift that of the rings of the messages in flight: a place is free again when its message is
 *   complete.
 * @param mutex that of the run.
 */
export function totalOrderMemory(
  senders: number,
  shift: number,
  mutex: Int32Array,
): TotalOrderMemory {
  const numbers = (length: number) => new Float64Array(new SharedArrayBuffer(length * 8));
  const places = senders * 2 ** shift;
  const holders = new Int32Array(new SharedArrayBuffer(places * 4));
  return { shift, holders, positions: numbers(places), count: numbers(1), mutex };
}

/**
 * Checks whether all receivers get the messages of all senders in one order.
 *
 * 1. Receivers that do not send get all messages, and define the order: a message gets its position
 *    when the first of these receivers has it.
 * 2. Each message that a receiver gets after one with a higher position is a violation.
 * 3. Receivers that send do not get their own messages, so they define nothing. A message that they
 *    get before it has its position waits for it.
 * 4. If messages are lost, only a part of the order is known, and there may be too many violations: but
 *    then the run has failed anyway.
 * 5. Deliveries that cannot be checked are counted.
 */
export class TotalOrder {
  readonly #memory: TotalOrderMemory;
  readonly #mutex: Mutex;
  readonly #mask: number;
  /** By receiver: the highest position that it has reached. */
  readonly #last: Float64Array;
  /** By receiver that sends: senders and sequence numbers of messages without a position. */
  readonly #awaited: number[][];
  #violations = 0;
  #unchecked = 0;

  /** @param senders number of receivers that send: the first ones. */
  constructor(memory: TotalOrderMemory, receivers: number, senders: number) {
    this.#memory = memory;
    this.#mutex = new Mutex(memory.mutex);
    this.#mask = 2 ** memory.shift - 1;
    this.#last = new Float64Array(receivers);
    this.#awaited = Array.from({ length: senders }, () => []);
  }

  /** Records a delivery. */
  receive(receiver: number, sender: number, sequence: number): void {
    const awaited = this.#awaited[receiver];
    if (awaited === undefined) {
      this.#place(receiver, this.#positionOf(sender, sequence) ?? this.#append(sender, sequence));
      return;
    }
    if (awaited.length < 2 * MAX_AWAITED) awaited.push(sender, sequence);
    else this.#unchecked++;
    this.#settle(receiver, awaited);
  }

  /** The deliveries so far. Those whose message has no position yet are unchecked. */
  get check(): OrderCheck {
    let unchecked = this.#unchecked;
    this.#awaited.forEach((awaited, receiver) => {
      this.#settle(receiver, awaited);
      unchecked += awaited.length / 2;
    });
    return { violations: this.#violations, unchecked };
  }

  /** Checks the messages that have got their position meanwhile. */
  #settle(receiver: number, awaited: number[]): void {
    let done = 0;
    while (done < awaited.length) {
      const position = this.#positionOf(awaited[done]!, awaited[done + 1]!);
      if (position === undefined) break;
      this.#place(receiver, position);
      done += 2;
    }
    if (done > 0) awaited.splice(0, done);
  }

  #place(receiver: number, position: number): void {
    if (position === FORGOTTEN) this.#unchecked++;
    else if (position < this.#last[receiver]!) this.#violations++;
    else this.#last[receiver] = position;
  }

  /** The position of a message; `undefined` if it has none yet. */
  #positionOf(sender: number, sequence: number): number | undefined {
    const { holders, positions } = this.#memory;
    const slot = this.#slot(sender, sequence);
    // Another thread writes the position first.
    const ahead = (Atomics.load(holders, slot) - (sequence + 1)) | 0;
    return ahead > 0 ? FORGOTTEN : ahead === 0 ? positions[slot]! : undefined;
  }

  /** Gives a message the next position, unless another thread has done so meanwhile. */
  #append(sender: number, sequence: number): number {
    const { holders, positions, count } = this.#memory;
    const slot = this.#slot(sender, sequence);
    return this.#mutex.exclusively(() => {
      const known = this.#positionOf(sender, sequence);
      if (known !== undefined) return known;
      const position = positions[slot] = ++count[0]!;
      Atomics.store(holders, slot, (sequence + 1) | 0);
      return position;
    });
  }

  #slot(sender: number, sequence: number): number {
    return sender * (this.#mask + 1) + sequence % (this.#mask + 1);
  }
}

/** In place of a position: another message has the place in the ring. */
const FORGOTTEN = -1;
