import { Mutex } from "./mutex.ts";

/** Most messages of senders whose places are awaited for one receiver. */
const MAX_AWAITED = 65_536;

/** What the threads of a run know together of the order. It can be posted to them. */
export interface TotalOrderMemory {
  /** Of a sender's ring, which has a power of two places: that power. */
  readonly shift: number;
  /** By place in a ring: one more than the sequence number of the message that has it, its lower 32
   * bits. */
  readonly holders: Int32Array;
  /** By place in a ring: where that message stands in the order, from 1. */
  readonly positions: Float64Array;
  /** In its only place: how many messages stand in the order. */
  readonly count: Float64Array;
  readonly mutex: Int32Array;
}

/**
 * Makes what the threads of a run know together of the order.
 *
 * @param senders of all threads.
 * @param shift as that of the rings of the messages in flight: a place is free again when its message
 *   has come to everybody.
 * @param mutex of the run.
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
 * Whether all receivers get the messages of all senders in one order.
 *
 * 1. The order is that in which receivers who do not send get the messages: each of them gets all. A
 *    message has its place in it when the first of these receivers has it.
 * 2. A receiver violates it by each message that stands before one that it has already.
 * 3. Receivers that send do not get their own messages, so they define nothing. What comes to them
 *    before it has its place waits for that.
 * 4. Where messages are lost the order is only known in part, and violations may be too many: but then
 *    the run has failed.
 */
export class TotalOrder {
  readonly #memory: TotalOrderMemory;
  readonly #mutex: Mutex;
  readonly #mask: number;
  /** By receiver: the place of the last message that it has. */
  readonly #last: Float64Array;
  /** By receiver that sends: senders and sequence numbers of messages that have no place yet. */
  readonly #awaited: number[][];
  #violations = 0;

  /** @param senders how many of the receivers send: the first ones. */
  constructor(memory: TotalOrderMemory, receivers: number, senders: number) {
    this.#memory = memory;
    this.#mutex = new Mutex(memory.mutex);
    this.#mask = 2 ** memory.shift - 1;
    this.#last = new Float64Array(receivers);
    this.#awaited = Array.from({ length: senders }, () => []);
  }

  /** A receiver has got a message. */
  receive(receiver: number, sender: number, sequence: number): void {
    const awaited = this.#awaited[receiver];
    if (awaited === undefined) {
      this.#place(receiver, this.#positionOf(sender, sequence) ?? this.#append(sender, sequence));
      return;
    }
    if (awaited.length < 2 * MAX_AWAITED) awaited.push(sender, sequence);
    this.#settle(receiver, awaited);
  }

  /** Messages that came in another order, of those that have their place. */
  get violations(): number {
    this.#awaited.forEach((awaited, receiver) => this.#settle(receiver, awaited));
    return this.#violations;
  }

  /** Checks what has got its place meanwhile. */
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
    if (position === FORGOTTEN) return;
    if (position < this.#last[receiver]!) this.#violations++;
    else this.#last[receiver] = position;
  }

  /** Where a message stands; nothing if it has no place yet. */
  #positionOf(sender: number, sequence: number): number | undefined {
    const { holders, positions } = this.#memory;
    const slot = this.#slot(sender, sequence);
    // Another thread writes the position first.
    const ahead = (Atomics.load(holders, slot) - (sequence + 1)) | 0;
    return ahead > 0 ? FORGOTTEN : ahead === 0 ? positions[slot]! : undefined;
  }

  /** Gives a message the next place, unless another thread has done so meanwhile. */
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

/** In place of a position: another message has the place by now. */
const FORGOTTEN = -1;
