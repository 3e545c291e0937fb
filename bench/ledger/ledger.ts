import { Gaps } from "./gaps.ts";
import type { LedgerTotals } from "./ledger_totals.ts";

/** Told by {@link Ledger.record} of a delivery that was seen before. */
export const DUPLICATED = -1;
/** Told by {@link Ledger.record} of a delivery that was not to be. */
export const MISDELIVERED = -2;

/** Ranges of missing messages that a ledger holds before it gives up the oldest ones for lost. */
const MAX_GAPS = 1_000_000;

/** Who is to get what a sender sends: everybody else, or the sender alone. */
export type Audience = "others" | "self";

/** What the threads of a run share about its senders. It can be posted to them. */
export interface LedgerMemory {
  /** By sender: how many messages it has sent. Only its own thread changes that. */
  readonly sent: Float64Array;
  /** By sender: 1 once its connection broke. */
  readonly gone: Uint8Array;
  /** By sender: how far the receivers of any thread have come, as of the last {@link Ledger.tellFarthest}. */
  readonly farthest: Float64Array;
}

/** Makes what the threads of a run share about its senders. */
export function ledgerMemory(senders: number): LedgerMemory {
  return {
    sent: new Float64Array(new SharedArrayBuffer(senders * 8)),
    gone: new Uint8Array(new SharedArrayBuffer(senders)),
    farthest: new Float64Array(new SharedArrayBuffer(senders * 8)),
  };
}

/** Which senders have connections in the thread of a ledger: the first ones of its receivers. */
export interface OwnSenders {
  /** The first one's index among the senders of all threads. */
  readonly first: number;
  readonly count: number;
}

/** What a receiver has done since messages were given up that it has not got. */
interface GivenUp {
  /** Behind the last one that was given up. */
  end: number;
  /** Behind the highest one that has come in. */
  seen: number;
}

/** In place of the next sequence number, where nothing is to come. */
const NOTHING = -1;

/** A part of a ledger's totals. */
type ExpectedDeliveries = Pick<LedgerTotals, "expected" | "cutOff">;

/**
 * Who has got which message of whom.
 *
 * 1. Exact: every message of every sender, at every receiver, is received, lost, cut off, skipped,
 *    corrupted, duplicated, reordered or misdelivered.
 * 2. What comes in order costs one comparison; only what does not takes memory, a range of sequence
 *    numbers a gap. Past a million gaps the oldest count as lost, and what fills one of those
 *    afterwards counts as duplicated.
 * 3. Everybody is to get everything but what they sent themselves (or that alone, from a server that
 *    echoes), up to the moment when their connection breaks: what was sent until then and had not come
 *    in is cut off, and what is sent afterwards is not expected.
 * 4. What a sender had sent when its own connection broke is cut off where nobody got it, or a later
 *    message.
 * 5. Several threads may have a ledger each, of their own receivers and all senders. What they count
 *    adds up to what one ledger would have counted.
 */
export class Ledger {
  /** By receiver and sender: the sequence number that follows the highest one seen. */
  readonly #next: Float64Array;
  /** What a receiver's index is multiplied with to find its place. */
  readonly #stride: number;
  readonly #sent: Float64Array;
  readonly #gaps = new Map<number, Gaps>();
  readonly #givenUp = new Map<number, GivenUp>();
  /** Receivers whose connections broke, and how many deliveries that cut off. */
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
   * @param receivers how many there are. The first of them are the senders, or the own ones.
   * @param senders how many there are in all threads.
   * @param audience who is to get a sender's messages.
   * @param own which of the senders are receivers here. Default: all.
   * @param memory what other threads share. Default: one that nobody else has.
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
      // Every stream has the place of its sender, and whoever records a delivery checks the rest.
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

  /** What went wrong so far and cannot be undone. */
  get faults(): Pick<LedgerTotals, "corrupted" | "duplicated" | "reordered" | "misdelivered"> {
    return {
      ...{ corrupted: this.#corrupted, duplicated: this.#duplicated },
      ...{ reordered: this.#reordered, misdelivered: this.#misdelivered },
    };
  }

  /** Deliveries that are missing while later ones have come in, or that are not waited for any more. */
  get missing(): number {
    return this.#missing;
  }

  /** Messages that the own senders have sent so far. */
  get messages(): number {
    const { first, count } = this.own;
    return this.#sent.subarray(first, first + count).reduce((sum, sent) => sum + sent, 0);
  }

  /** Notes that a sender has sent its next message, and returns that message's sequence number. */
  send(sender: number): number {
    return this.#sent[sender]!++;
  }

  /** How many messages a sender has sent. */
  sentBy(sender: number): number {
    return this.#sent[sender]!;
  }

  /** How far a receiver has come with a sender: the sequence number behind the highest one seen. */
  nextOf(receiver: number, sender: number): number {
    return this.#next[receiver * this.#stride + sender]!;
  }

  /**
   * Notes a delivery. With the audience `self`, the receiver must be the sender.
   *
   * @returns how many messages of the sender the receiver has newly passed: 1 in the ordinary case,
   *   more if some before this one are missing, 0 if this one had been missing, or
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
   * Notes a delivery that was changed on its way. Its sender and number count only if it is the one
   * that is due next; else these may be what was changed, and the message is not known.
   *
   * @returns whether the message is known, and passed by this.
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
    if (sequence < (this.#givenUp.get(index)?.end ?? 0)) this.#late++;
    if (!this.#isLate(index, sequence)) this.#reordered++;
    return 0;
  }

  /** Whether a message that was given up has come in before all later ones. */
  #isLate(index: number, sequence: number): boolean {
    const givenUp = this.#givenUp.get(index);
    if (givenUp === undefined || givenUp.end !== this.#next[index] || sequence < givenUp.seen) {
      return false;
    }
    givenUp.seen = sequence + 1;
    return true;
  }

  /**
   * No longer waits for what a receiver has not got of a sender so far. It is lost unless it still
   * comes.
   *
   * @param end the sequence number behind the last one that is not waited for.
   * @returns how many messages the receiver has passed by this.
   */
  giveUp(receiver: number, sender: number, end: number = this.#sent[sender]!): number {
    const index = receiver * this.#stride + sender;
    if (this.#goneReceivers.has(receiver) || this.#next[index] === NOTHING) return 0;
    const next = this.#next[index]!;
    if (end <= next) return 0;
    const givenUp = this.#givenUp.get(index);
    if (givenUp?.end === next) givenUp.end = end;
    else this.#givenUp.set(index, { end, seen: next });
    return this.#pass(index, end);
  }

  /** Goes on to a sequence number, with what lies before it missing. */
  #pass(index: number, sequence: number): number {
    const next = this.#next[index]!;
    let gaps = this.#gaps.get(index);
    if (gaps === undefined) this.#gaps.set(index, gaps = new Gaps());
    const before = gaps.ranges;
    gaps.add(next, sequence);
    this.#missing += sequence - next;
    this.#gapCount += gaps.ranges - before;
    if (this.#gapCount > MAX_GAPS) {
      // What is forgotten stays lost: it was expected, and is never counted as received.
      gaps.forgetOldest();
      this.#gapCount--;
    }
    this.#next[index] = sequence;
    return sequence - next;
  }

  /** The server says that it has not delivered so many messages to one of the receivers. */
  skip(count: number): void {
    this.#skipped += count;
  }

  /** Whether the server has reported messages that it skipped. */
  get hasSkipped(): boolean {
    return this.#skipped > 0;
  }

  /** Deliveries that came in after they had been given up. */
  get late(): number {
    return this.#late;
  }

  /** A receiver's connection broke. What was sent until now is cut off, and no more is expected. */
  loseReceiver(receiver: number): void {
    if (this.#goneReceivers.has(receiver)) return;
    let cutOff = 0;
    for (let sender = 0; sender < this.senders && this.audience === "others"; sender++) {
      const next = this.nextOf(receiver, sender);
      if (next !== NOTHING) cutOff += Math.max(this.#sent[sender]! - next, 0);
    }
    this.#goneReceivers.set(receiver, cutOff);
  }

  /** A sender's connection broke. What nobody has got of it is cut off. */
  loseSender(sender: number): void {
    this.memory.gone[sender] = 1;
  }

  /** Whether a sender's connection broke. */
  isGone(sender: number): boolean {
    return this.memory.gone[sender] === 1;
  }

  /** Tells the other threads how far the receivers here have come. No other may do so meanwhile. */
  tellFarthest(): void {
    const { farthest } = this.memory;
    for (let sender = 0; sender < this.senders; sender++) {
      farthest[sender] = Math.max(farthest[sender]!, this.#farthest(sender));
    }
  }

  /** Deliveries that are still to come, or lost. */
  get outstanding(): number {
    return this.totals().lost;
  }

  /** Adds it all up. What is outstanding now is lost. */
  totals(): LedgerTotals {
    const { expected, cutOff } = this.audience === "self" ? this.#ofStreams() : this.#ofReceivers();
    const missing = expected - cutOff - this.#received - this.#corrupted;
    // What is corrupt and came in twice, or to the wrong one, is no message that was expected; nor need
    // a message that the server has skipped be one.
    const skipped = Math.max(Math.min(this.#skipped, missing), 0);
    return {
      ...{ expected, received: this.#received, lost: Math.max(missing - skipped, 0) },
      ...{ cutOff, skipped, corrupted: this.#corrupted },
      ...{ duplicated: this.#duplicated, reordered: this.#reordered },
      misdelivered: this.#misdelivered,
    };
  }

  /** What a receiver is to get, and how much of that a broken connection has cut off. */
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

  /** By sender: how far its messages have come to anybody, or will. */
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

  /** Every sender is to get its own messages. */
  #ofStreams(): ExpectedDeliveries {
    const sum = { expected: 0, cutOff: 0 };
    this.#ends().forEach((end, sender) => {
      const sent = this.#sent[sender]!;
      sum.expected += sent;
      sum.cutOff += sent - end;
    });
    return sum;
  }

  /** How far anybody has come with a sender. */
  #farthest(sender: number): number {
    if (this.audience === "self") return this.#next[sender]!;
    let farthest = 0;
    for (let receiver = 0; receiver < this.receivers; receiver++) {
      farthest = Math.max(farthest, this.nextOf(receiver, sender));
    }
    return farthest;
  }
}
