import { Between } from "../between.ts";
import { DeliveryScanner, type DeliverySink } from "../delivery_scanner.ts";
import { LatencyRuns } from "../latency_runs.ts";
import { type Audience, Ledger } from "../ledger.ts";
import { type Mark, MAX_MESSAGES_PER_SENDER } from "../mark.ts";
import { PLACE_IN_MESSAGE, SendWindow } from "../send_window.ts";

/** What the traffic needs to know. */
export interface TrafficOptions {
  /** How many connections there are. The first of them are the senders. */
  readonly receivers: number;
  readonly senders: number;
  /** The index that the first sender has in payloads, where others are counted elsewhere. Default 0. */
  readonly firstIndex?: number;
  /** Who is to get a message. */
  readonly audience: Audience;
  /** Messages that a sender may have in flight. */
  readonly window: number;
  /** Messages have a time at which they are to be sent. Without, that is when they are sent. */
  readonly isPaced?: boolean;
  readonly mark: Mark;
  /** Microseconds, from any point, never back. */
  readonly now: () => number;
  /** Reads what is no delivery, and tells whether there was something in it; see {@link Between}. */
  readonly hear?: (receiver: number, text: string) => boolean;
  /** Senders get their own messages too. To the audience `others` these do not count. */
  readonly echoes?: boolean;
}

/**
 * The account of a run: what is sent, what comes in and how late, and who may send again.
 *
 * It does no I/O. Bytes are given to `receive`; what `take` and `send` return is to be sent.
 */
export class Traffic implements DeliverySink {
  readonly ledger: Ledger;
  /** Of every delivery. */
  readonly latencies = new LatencyRuns();
  /** Of every message, to the first of its receivers. */
  readonly firstLatencies = new LatencyRuns();
  /** Of every message, to the last of its receivers. */
  readonly lastLatencies = new LatencyRuns();
  /** Of every message, from when it was written or the one before it was done, whichever is later, to
   * the last of its receivers: what a tool would measure that sends one after the other. */
  readonly serviceTimes = new LatencyRuns();
  readonly #window: SendWindow;
  readonly #scanners: DeliveryScanner[];
  readonly #firstIndex: number;
  readonly #isEcho: boolean;
  readonly #echoes: boolean;
  readonly #connected: Uint8Array;
  /** By sender: when its last message was done. */
  readonly #doneAt: Float64Array;
  #connectedCount: number;
  #bytes = 0;
  /** When the chunk came in that is being read. The clock is asked once a chunk. */
  #now = 0;
  #lastDelivery = 0;
  /** A message was completed in the chunk that is being read. */
  #completed = false;

  constructor(private readonly options: TrafficOptions) {
    const { receivers, senders, audience, window, mark, hear } = options;
    const between = hear === undefined ? undefined : new Between(hear);
    this.#firstIndex = options.firstIndex ?? 0;
    this.#isEcho = audience === "self";
    this.#echoes = options.echoes === true;
    this.ledger = new Ledger(receivers, senders, audience);
    this.#window = new SendWindow(senders, window, options.isPaced);
    this.#scanners = Array.from(
      { length: receivers },
      (_, receiver) => new DeliveryScanner(mark, receiver, this, between),
    );
    this.#connected = new Uint8Array(receivers).fill(1);
    this.#doneAt = new Float64Array(senders);
    this.#connectedCount = receivers;
  }

  /** Bytes received so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the last delivery came in, in microseconds; 0 if none did. */
  get lastDelivery(): number {
    return this.#lastDelivery;
  }

  /** How many connections still stand. */
  get connected(): number {
    return this.#connectedCount;
  }

  /** True when every message sent has come to everybody who was to get it, or was passed over. */
  get isIdle(): boolean {
    return this.#window.isEmpty;
  }

  /** How many messages have not come to everybody who is to get them. */
  get inFlight(): number {
    return this.#window.inFlight;
  }

  /** Whether a connection still stands. */
  isConnected(index: number): boolean {
    return this.#connected[index] === 1;
  }

  /**
   * Takes bytes that have come in.
   *
   * @returns true when some message was completed by them, so that its sender may send again.
   */
  receive(receiver: number, chunk: string): boolean {
    this.#now = this.options.now();
    this.#bytes += chunk.length;
    this.#completed = false;
    const before = this.ledger.received;
    this.#scanners[receiver]!.push(chunk);
    if (this.ledger.received > before) this.#lastDelivery = this.#now;
    return this.#completed;
  }

  /** A payload was found. The hot path. */
  deliver(receiver: number, index: number, sequence: number): void {
    const sender = index - this.#firstIndex;
    if (this.#isEcho) {
      if (receiver !== sender) return this.ledger.misdeliver();
    } else if (receiver === sender && this.#echoes) return;
    const passed = this.ledger.record(receiver, sender, sequence);
    if (passed === 1) this.#pending(sender, sequence);
    else if (passed > 1) {
      this.#pass(sender, sequence + 1 - passed, sequence);
      this.#pending(sender, sequence);
    } else if (passed === 0) {
      // A straggler's time of sending may be forgotten: then there is no latency to record.
      const sentAt = this.#window.onceSentAt(sender, sequence);
      if (!Number.isNaN(sentAt)) this.latencies.record(this.#now - sentAt);
    }
  }

  /** A message in flight has come to one of those who wait for it. */
  #pending(sender: number, sequence: number): void {
    const latency = this.#now - this.#window.sentAt(sender, sequence);
    this.latencies.record(latency);
    const place = this.#window.deliver(sender, sequence);
    if (place === 0) return;
    if (place & PLACE_IN_MESSAGE.first) this.firstLatencies.record(latency);
    if (place & PLACE_IN_MESSAGE.last) {
      this.lastLatencies.record(latency);
      const begun = Math.max(this.#window.writtenAt(sender, sequence), this.#doneAt[sender]!);
      this.serviceTimes.record(this.#now - begun);
      this.#doneAt[sender] = this.#now;
      this.#completed = true;
    }
  }

  /**
   * Notes that a sender sends as many messages as it may.
   *
   * @param most how many at most.
   * @returns how many, and the sequence number of the first.
   */
  take(sender: number, most: number): { first: number; count: number } {
    const first = this.ledger.sentBy(sender);
    const count = this.#connected[sender] === 1
      ? Math.min(this.#window.free(sender), most, MAX_MESSAGES_PER_SENDER - first)
      : 0;
    const now = this.options.now();
    for (let index = 0; index < count; index++) {
      const sequence = this.ledger.send(sender);
      this.#window.send(sender, sequence, this.#audienceSize, now);
    }
    return { first, count };
  }

  /**
   * Notes that a sender, which is connected, sends a message that was to be sent at a time.
   *
   * @returns its sequence number, or nothing when there is no room for one more in flight.
   */
  send(sender: number, intended: number, now: number): number | undefined {
    const sequence = this.ledger.sentBy(sender);
    if (this.#window.free(sender) <= 0 || sequence >= MAX_MESSAGES_PER_SENDER) return undefined;
    this.ledger.send(sender);
    this.#window.send(sender, sequence, this.#audienceSize, intended, now);
    return sequence;
  }

  /** A connection broke: it gets nothing and sends nothing any more. */
  disconnect(index: number): void {
    if (this.#connected[index] === 0) return;
    this.#connected[index] = 0;
    this.#connectedCount--;
    for (const sender of this.#sendersTo(index)) {
      this.#pass(sender, this.ledger.nextOf(index, sender), this.ledger.sentBy(sender));
    }
    this.ledger.loseReceiver(index);
    if (index < this.options.senders) this.ledger.loseSender(index);
  }

  /**
   * No longer waits for messages that are older than a time.
   *
   * @param microseconds how old they may be.
   * @returns how many messages were given up.
   */
  giveUp(microseconds: number): number {
    const before = this.options.now() - microseconds;
    let messages = 0;
    for (let sender = 0; sender < this.options.senders; sender++) {
      const count = this.#window.countBefore(sender, before);
      if (count === 0) continue;
      messages += count;
      const end = this.#window.oldest(sender) + count;
      for (let receiver = 0; receiver < this.options.receivers; receiver++) {
        if (this.#isEcho && receiver !== sender) continue;
        const passed = this.ledger.giveUp(receiver, sender, end);
        this.#pass(sender, end - passed, end);
      }
    }
    return messages;
  }

  get #audienceSize(): number {
    return this.#isEcho ? 1 : this.#connectedCount - 1;
  }

  /** Whose messages a receiver is to get. */
  *#sendersTo(receiver: number): Iterable<number> {
    for (let sender = 0; sender < this.options.senders; sender++) {
      if ((sender === receiver) === this.#isEcho) yield sender;
    }
  }

  /** A receiver has passed a range of messages without getting them. */
  #pass(sender: number, start: number, end: number): void {
    for (let sequence = start; sequence < end; sequence++) {
      if (this.#window.pass(sender, sequence)) this.#completed = true;
    }
  }
}
