import { Gaps } from "./gaps.ts";

/** What a run's ledger adds up to. Counted in deliveries: one message to one receiver. */
export interface LedgerTotals {
  /** What should have come in: `received` + `lost` + `corrupted`. */
  readonly expected: number;
  /** What was expected and came in, each once. */
  readonly received: number;
  /** What never came in. */
  readonly lost: number;
  /** What came in with changed bytes, or cut short. */
  readonly corrupted: number;
  /** What came in once more. */
  readonly duplicated: number;
  /** What came in after a later message of the same sender, as RFC 4737 counts it: of two messages
   * that changed places, one. They are `received` too. */
  readonly reordered: number;
  /** What came to a connection that was not to get it, the sender itself above all, and what nobody
   * had sent. */
  readonly misdelivered: number;
}

/** What several ledgers add up to, of which each counts what no other does. */
export function sumOfTotals(all: readonly LedgerTotals[]): LedgerTotals {
  const sum = {
    ...{ expected: 0, received: 0, lost: 0, corrupted: 0 },
    ...{ duplicated: 0, reordered: 0, misdelivered: 0 },
  };
  for (const totals of all) {
    for (const key of Object.keys(sum) as (keyof LedgerTotals)[]) sum[key] += totals[key];
  }
  return sum;
}

/** Told by {@link Ledger.record} of a delivery that was seen before. */
export const DUPLICATED = -1;
/** Told by {@link Ledger.record} of a delivery that was not to be. */
export const MISDELIVERED = -2;

/** Ranges of missing messages that a ledger holds before it gives up the oldest ones for lost. */
const MAX_GAPS = 1_000_000;

/** Who is to get what a sender sends: everybody else, or the sender alone. */
export type Audience = "others" | "self";

/** What the threads of a run know together of its senders. It can be posted to them. */
export interface LedgerMemory {
  /** By sender: how many messages it has sent. Only its own thread changes that. */
  readonly sent: Float64Array;
  /** By sender: 1 once its connection broke. */
  readonly gone: Uint8Array;
  /** By sender: how far any thread's receivers have come, as far as the threads have told. */
  readonly farthest: Float64Array;
}

/** Makes what the threads of a run know together of its senders. */
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

/**
 * Who has got which message of whom.
 *
 * 1. Exact: every message of every sender, at every receiver, is received, lost, corrupted,
 *    duplicated, reordered or misdelivered.
 * 2. What comes in order costs one comparison; only what does not takes memory, a range of sequence
 *    numbers a gap. Past a million gaps the oldest count as lost, and what fills one of those
 *    afterwards counts as duplicated.
 * 3. Everybody is to get everything but what they sent themselves (or that alone, from a server that
 *    echoes), up to the moment when their connection breaks: what had not come in by then is neither
 *    expected nor lost.
 * 4. What a sender had sent when its own connection broke is expected as far as anybody got it.
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
  readonly #goneReceivers = new Set<number>();
  #gapCount = 0;
  #received = 0;
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

  /** Notes a delivery to somebody who was not to get it. */
  misdeliver(): void {
    this.#misdelivered++;
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
    if (gaps === undefined) {
      this.#duplicated++;
      return DUPLICATED;
    }
    const before = gaps.ranges;
    if (!gaps.fill(sequence)) {
      this.#duplicated++;
      return DUPLICATED;
    }
    this.#gapCount += gaps.ranges - before;
    this.#missing--;
    this.#received++;
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

  /** A receiver's connection broke. Nothing more is expected there. */
  loseReceiver(receiver: number): void {
    this.#goneReceivers.add(receiver);
  }

  /** A sender's connection broke. What nobody has got of it is no longer expected. */
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
    return this.#expected() - this.#received - this.#corrupted;
  }

  /** Whether a message is still to come to somebody who has got no later one of its sender. */
  get isAwaited(): boolean {
    for (let sender = 0; sender < this.senders; sender++) {
      if (this.isGone(sender)) continue;
      for (let receiver = 0; receiver < this.receivers; receiver++) {
        const next = this.nextOf(receiver, sender);
        const isHere = next !== NOTHING && !this.#goneReceivers.has(receiver);
        if (isHere && next < this.#sent[sender]!) return true;
      }
    }
    return false;
  }

  /** Adds it all up. What is outstanding now is lost. */
  totals(): LedgerTotals {
    const expected = this.#expected();
    return {
      expected,
      received: this.#received,
      // What is corrupt and came in twice, or to the wrong one, is no message that was expected.
      lost: Math.max(expected - this.#received - this.#corrupted, 0),
      corrupted: this.#corrupted,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      misdelivered: this.#misdelivered,
    };
  }

  #expected(): number {
    let expected = 0;
    for (let sender = 0; sender < this.senders; sender++) {
      const end = this.isGone(sender)
        ? Math.max(this.memory.farthest[sender]!, this.#farthest(sender))
        : this.#sent[sender]!;
      if (this.audience === "self") {
        expected += end;
        continue;
      }
      for (let receiver = 0; receiver < this.receivers; receiver++) {
        const next = this.nextOf(receiver, sender);
        if (next === NOTHING) continue;
        expected += this.#goneReceivers.has(receiver) ? next : end;
      }
    }
    return expected;
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
