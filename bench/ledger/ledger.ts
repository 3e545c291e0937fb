import { Gaps } from "./gaps.ts";
import type { LedgerTotals } from "./ledger_totals.ts";

/** Returned by {@link Ledger.record} for a delivery that was seen before. */
export const DUPLICATED = -1;
/** Returned by {@link Ledger.record} for a delivery to the wrong receiver. */
export const MISDELIVERED = -2;

/** Maximum number of ranges of missing messages. Beyond it the oldest ones count as lost. */
const MAX_GAPS = 1_000_000;

/** The receivers of a message: all but its sender, or its sender alone. */
export type Audience = "others" | "self";

/** What the threads of a run share about its senders. It can be posted to them. */
export interface LedgerMemory {
  /** By sender: number of messages it has sent. Only its own thread changes it. */
  readonly sent: Float64Array;
  /** By sender: 1 once its connection broke. */
  readonly gone: Uint8Array;
  /** By sender: the position of the fastest receiver of any thread, as of the last {@link Ledger.shareFarthest}. */
  readonly farthest: Float64Array;
}

/** Allocates what the threads of a run share about its senders. */
export function ledgerMemory(senders: number): LedgerMemory {
  return {
    sent: new Float64Array(new SharedArrayBuffer(senders * 8)),
    gone: new Uint8Array(new SharedArrayBuffer(senders)),
    farthest: new Float64Array(new SharedArrayBuffer(senders * 8)),
  };
}

/** The senders with connections in the thread of a ledger, which are its first receivers. */
export interface OwnSenders {
  /** The first one's index among the senders of all threads. */
  readonly first: number;
  readonly count: number;
}

/** Messages that a receiver has not got and that are no longer waited for. */
interface Expired {
  /** Behind the last one of them. */
  end: number;
  /** Behind the highest one that has arrived since. */
  seen: number;
}

/** In place of the next sequence number, where nothing is expected. */
const NOTHING = -1;

/** A part of a ledger's totals. */
type ExpectedDeliveries = Pick<LedgerTotals, "expected" | "cutOff">;

/**
 * Which receiver has got which message.
 *
 * 1. Exact: every message of every sender, at every receiver, is received, lost, cut off, skipped,
 *    corrupted, duplicated, reordered or misdelivered.
 * 2. A delivery in order costs one comparison. Only the others take memory: one range of sequence
 *    numbers per gap. Past a million gaps the oldest count as lost, and a message that fills one of
 *    those afterwards counts as duplicated.
 * 3. A receiver expects every message but its own (or only its own, from a server that echoes), until
 *    its connection breaks: messages that were sent until then and had not arrived are cut off, and
 *    later ones are not expected.
 * 4. When the connection of a sender breaks, its messages are cut off unless a receiver got them or a
 *    later one.
 * 5. Several threads may have a ledger each, of their own receivers and all senders. The sum is what
 *    one ledger would have counted.
 */
export class Ledger {
  /** By receiver and sender: the sequence number that follows the highest one seen. */
  readonly #next: Float64Array;
  /** Distance of the receivers' places in `#next`. */
  readonly #stride: number;
  readonly #sent: Float64Array;
  readonly #gaps = new Map<number, Gaps>();
  readonly #expired = new Map<number, Expired>();
  /** Receivers whose connections broke, with the number of deliveries that this cut off. */
  readonly #goneReceivers = new Map<number, number>();
  #gapCount = 0;
  #received = 0;
  #skipped = 0;
  #late = 0;
  #corrupted = 0;
  #missing = 0;
  #duplicated = 0;
  #reordered = 0;
  #misdelivered = 0;

  /**
   * @param receivers number of receivers. The first ones are senders: all, or those of this thread.
   * @param senders number of senders in all threads.
   * @param audience the receivers of a message.
   * @param own the senders that are receivers here. Default: all.
   * @param memory shared with other threads. Default: not shared.
   */
  constructor(
    readonly receivers: number,
    readonly senders: number,
    readonly audience: Audience = "others",
    private readonly own: OwnSenders = { first: 0, count: senders },
    private readonly memory: LedgerMemory = ledgerMemory(senders),
  ) {
    this.#sent = memory.sent;
    if (audience === "self") {
      // Every stream has the place of its sender; the caller of `record` checks the receiver.
      this.#stride = 0;
      this.#next = new Float64Array(senders);
      return;
    }
    this.#stride = senders;
    this.#next = new Float64Array(receivers * senders);
    for (let receiver = 0; receiver < own.count; receiver++) {
      this.#next[receiver * senders + own.first + receiver] = NOTHING;
    }
  }

  /** Distinct deliveries so far. */
  get received(): number {
    return this.#received;
  }

  /** Faults so far that later deliveries cannot mend. */
  get faults(): Pick<LedgerTotals, "corrupted" | "duplicated" | "reordered" | "misdelivered"> {
    return {
      ...{ corrupted: this.#corrupted, duplicated: this.#duplicated },
      ...{ reordered: this.#reordered, misdelivered: this.#misdelivered },
    };
  }

  /** Deliveries that are missing while later ones have arrived, or that are no longer waited for. */
  get missing(): number {
    return this.#missing;
  }

  /** Number of messages that the senders here have sent so far. */
  get messages(): number {
    const { first, count } = this.own;
    return this.#sent.subarray(first, first + count).reduce((sum, sent) => sum + sent, 0);
  }

  /** Records that a sender sends its next message, and returns its sequence number. */
  send(sender: number): number {
    return this.#sent[sender]!++;
  }

  /** Number of messages that a sender has sent. */
  sentBy(sender: number): number {
    return this.#sent[sender]!;
  }

  /** The position of a receiver: the sequence number behind the highest one seen of a sender. */
  nextOf(receiver: number, sender: number): number {
    return this.#next[receiver * this.#stride + sender]!;
  }

  /**
   * Records a delivery. With the audience `self`, the receiver must be the sender.
   *
   * @returns number of messages of the sender that the receiver has newly passed: ordinarily 1, more if
   *   messages before this one are missing, 0 if this one had been missing, or
   *   {@link DUPLICATED} or {@link MISDELIVERED}.
   */
  record(receiver: number, sender: number, sequence: number): number {
    if (sender < this.senders && sequence < this.#sent[sender]!) {
      const index = receiver * this.#stride + sender;
      if (sequence === this.#next[index]) {
        this.#next[index] = sequence + 1;
        this.#received++;
        return 1;
      }
      return this.#recordOutOfOrder(index, sequence);
    }
    this.#misdelivered++;
    return MISDELIVERED;
  }

  /**
   * Records messages with consecutive sequence numbers, if the receiver expects exactly these next.
   *
   * @returns false if nothing was recorded: each of them must be recorded by itself.
   */
  recordRun(receiver: number, sender: number, first: number, count: number): boolean {
    if (!(sender < this.senders && first + count <= this.#sent[sender]!)) return false;
    const index = receiver * this.#stride + sender;
    if (first !== this.#next[index]) return false;
    this.#next[index] = first + count;
    this.#received += count;
    return true;
  }

  /**
   * Records a delivery that was changed on its way. Its sender and number count only if it is the
   * message that is expected next; otherwise these may be what was changed.
   *
   * @returns whether the message is identified, and the receiver has passed it.
   */
  corrupt(receiver: number, sender: number, sequence: number): boolean {
    this.#corrupted++;
    if (!(sender >= 0 && sender < this.senders && sequence < this.#sent[sender]!)) return false;
    const index = receiver * this.#stride + sender;
    if (sequence !== this.#next[index]) return false;
    this.#next[index] = sequence + 1;
    return true;
  }

  /** Records deliveries to a receiver that was not to get them. */
  misdeliver(count: number): void {
    this.#misdelivered += count;
  }

  #recordOutOfOrder(index: number, sequence: number): number {
    const next = this.#next[index]!;
    if (next === NOTHING || sequence < 0) {
      this.#misdelivered++;
      return MISDELIVERED;
    }
    if (sequence > next) {
      const passed = this.#pass(index, sequence);
      this.#next[index] = sequence + 1;
      this.#received++;
      return passed + 1;
    }
    const gaps = this.#gaps.get(index);
    const before = gaps?.ranges ?? 0;
    if (gaps?.fill(sequence) !== true) {
      this.#duplicated++;
      return DUPLICATED;
    }
    this.#gapCount += gaps.ranges - before;
    this.#missing--;
    this.#received++;
    if (sequence < (this.#expired.get(index)?.end ?? 0)) this.#late++;
    if (!this.#isLate(index, sequence)) this.#reordered++;
    return 0;
  }

  /** Whether a message that was no longer waited for has arrived before all later ones. */
  #isLate(index: number, sequence: number): boolean {
    const expired = this.#expired.get(index);
    if (expired === undefined || expired.end !== this.#next[index] || sequence < expired.seen) {
      return false;
    }
    expired.seen = sequence + 1;
    return true;
  }

  /**
   * No longer waits for what a receiver has not got of a sender. It is lost unless it still arrives.
   *
   * @param end the sequence number behind the last one that is no longer waited for.
   * @returns number of messages that the receiver has passed by this.
   */
  expire(receiver: number, sender: number, end: number = this.#sent[sender]!): number {
    const index = receiver * this.#stride + sender;
    if (this.#goneReceivers.has(receiver) || this.#next[index] === NOTHING) return 0;
    const next = this.#next[index]!;
    if (end <= next) return 0;
    const expired = this.#expired.get(index);
    if (expired?.end === next) expired.end = end;
    else this.#expired.set(index, { end, seen: next });
    return this.#pass(index, end);
  }

  /** Moves on to a sequence number; messages before it are missing. */
  #pass(index: number, sequence: number): number {
    const next = this.#next[index]!;
    let gaps = this.#gaps.get(index);
    if (gaps === undefined) this.#gaps.set(index, gaps = new Gaps());
    const before = gaps.ranges;
    gaps.add(next, sequence);
    this.#missing += sequence - next;
    this.#gapCount += gaps.ranges - before;
    if (this.#gapCount > MAX_GAPS) {
      // Its messages stay lost: they were expected, and are never counted as received.
      gaps.forgetOldest();
      this.#gapCount--;
    }
    this.#next[index] = sequence;
    return sequence - next;
  }

  /** The server has reported that it skipped messages to a receiver. */
  skip(count: number): void {
    this.#skipped += count;
  }

  /** Messages that the server has reported as skipped. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Deliveries that arrived when they were no longer waited for. */
  get late(): number {
    return this.#late;
  }

  /** A receiver's connection broke: what was sent until now is cut off, and no more is expected. */
  loseReceiver(receiver: number): void {
    if (this.#goneReceivers.has(receiver)) return;
    let cutOff = 0;
    for (let sender = 0; sender < this.senders && this.audience === "others"; sender++) {
      const next = this.nextOf(receiver, sender);
      if (next !== NOTHING) cutOff += Math.max(this.#sent[sender]! - next, 0);
    }
    this.#goneReceivers.set(receiver, cutOff);
  }

  /** A sender's connection broke: what no receiver has got of it is cut off. */
  loseSender(sender: number): void {
    this.memory.gone[sender] = 1;
  }

  /** Whether a sender's connection broke. */
  isGone(sender: number): boolean {
    return this.memory.gone[sender] === 1;
  }

  /** Shares how far the receivers here have come with the other threads, one thread at a time. */
  shareFarthest(): void {
    const { farthest } = this.memory;
    for (let sender = 0; sender < this.senders; sender++) {
      farthest[sender] = Math.max(farthest[sender]!, this.#farthest(sender));
    }
  }

  /** Deliveries that are still expected, or lost. */
  get outstanding(): number {
    return this.totals().lost;
  }

  /** The totals. Deliveries that are outstanding now count as lost. */
  totals(): LedgerTotals {
    const { expected, cutOff } = this.audience === "self" ? this.#ofStreams() : this.#ofReceivers();
    const missing = expected - cutOff - this.#received - this.#corrupted;
    // A corrupt delivery may be a duplicate or misdelivered, and so not expected; and so may one that
    // the server reported as skipped.
    const skipped = Math.max(Math.min(this.#skipped, missing), 0);
    return {
      ...{ expected, received: this.#received, lost: Math.max(missing - skipped, 0) },
      ...{ cutOff, skipped, corrupted: this.#corrupted },
      ...{ duplicated: this.#duplicated, reordered: this.#reordered },
      misdelivered: this.#misdelivered,
    };
  }

  /** What a receiver is to get, and what of it a broken connection has cut off. */
  accountOf(receiver: number, ends: readonly number[] = this.#ends()): ExpectedDeliveries {
    const gone = this.#goneReceivers.get(receiver);
    let expected = gone ?? 0;
    let cutOff = gone ?? 0;
    for (let sender = 0; sender < this.senders; sender++) {
      const next = this.nextOf(receiver, sender);
      if (next === NOTHING) continue;
      const sent = this.#sent[sender]!;
      expected += gone === undefined ? sent : next;
      if (gone === undefined) cutOff += sent - ends[sender]!;
    }
    return { expected, cutOff };
  }

  /** By sender: the position that some receiver has reached, or will. */
  #ends(): number[] {
    return Array.from(
      this.#sent,
      (sent, sender) =>
        this.isGone(sender)
          ? Math.max(this.memory.farthest[sender]!, this.#farthest(sender))
          : sent,
    );
  }

  #ofReceivers(): ExpectedDeliveries {
    const ends = this.#ends();
    const sum = { expected: 0, cutOff: 0 };
    for (let receiver = 0; receiver < this.receivers; receiver++) {
      const { expected, cutOff } = this.accountOf(receiver, ends);
      sum.expected += expected;
      sum.cutOff += cutOff;
    }
    return sum;
  }

  #ofStreams(): ExpectedDeliveries {
    const expected = this.#sent.reduce((sum, sent) => sum + sent, 0);
    return { expected, cutOff: expected - this.#ends().reduce((sum, end) => sum + end, 0) };
  }

  /** The position of the fastest receiver here. */
  #farthest(sender: number): number {
    if (this.audience === "self") return this.#next[sender]!;
    let farthest = 0;
    for (let receiver = 0; receiver < this.receivers; receiver++) {
      farthest = Math.max(farthest, this.nextOf(receiver, sender));
    }
    return farthest;
  }
}
