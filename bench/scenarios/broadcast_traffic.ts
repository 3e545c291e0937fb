import { Between } from "../between.ts";
import { DeliveryScanner, type DeliverySink } from "../delivery_scanner.ts";
import { LatencyHistogram } from "../latency_histogram.ts";
import { Ledger } from "../ledger.ts";
import { type Mark, MAX_MESSAGES_PER_SENDER } from "../mark.ts";
import { SendWindow } from "../send_window.ts";

/** What the traffic needs to know. */
export interface BroadcastTrafficOptions {
  /** How many connections there are. The first of them are the senders. */
  readonly receivers: number;
  readonly senders: number;
  /** Messages that a sender may have in flight. */
  readonly window: number;
  readonly mark: Mark;
  /** Microseconds, from any point, never back. */
  readonly now: () => number;
  /** Reads what is no delivery, and tells whether there was something in it; see {@link Between}. */
  readonly hear?: (receiver: number, text: string) => boolean;
  /** Senders get their own messages too, and these do not count. */
  readonly echoes?: boolean;
}

/**
 * The account of a broadcast: what is sent, what comes in and how late, and who may send again.
 *
 * It does no I/O. Bytes are given to `receive`; what `take` returns is to be sent.
 */
export class BroadcastTraffic implements DeliverySink {
  readonly ledger: Ledger;
  readonly latencies = new LatencyHistogram();
  readonly #window: SendWindow;
  readonly #scanners: DeliveryScanner[];
  readonly #echoes: boolean;
  readonly #connected: Uint8Array;
  #connectedCount: number;
  #bytes = 0;
  /** When the chunk came in that is being read. The clock is asked once a chunk. */
  #now = 0;
  #lastDelivery = 0;
  /** Deliveries in a row that took equally long: they are recorded together. */
  #latency = 0;
  #latencyCount = 0;
  /** A message was completed in the chunk that is being read. */
  #completed = false;

  constructor(private readonly options: BroadcastTrafficOptions) {
    const { receivers, senders, window, mark, hear } = options;
    const between = hear === undefined ? undefined : new Between(hear);
    this.#echoes = options.echoes === true;
    this.ledger = new Ledger(receivers, senders);
    this.#window = new SendWindow(senders, window);
    this.#scanners = Array.from(
      { length: receivers },
      (_, receiver) => new DeliveryScanner(mark, receiver, this, between),
    );
    this.#connected = new Uint8Array(receivers).fill(1);
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
    this.#recordLatency();
    return this.#completed;
  }

  /** A payload was found. The hot path. */
  deliver(receiver: number, sender: number, sequence: number): void {
    if (receiver === sender && this.#echoes) return;
    const passed = this.ledger.record(receiver, sender, sequence);
    if (passed === 1) {
      const latency = this.#now - this.#window.sentAt(sender, sequence);
      if (latency === this.#latency) this.#latencyCount++;
      else this.#startLatency(latency);
      if (this.#window.pass(sender, sequence)) this.#completed = true;
    } else if (passed >= 0) {
      // A straggler's time of sending may be forgotten: then there is no latency to record.
      const latency = this.#now - this.#window.onceSentAt(sender, sequence);
      if (!Number.isNaN(latency)) this.#startLatency(latency);
      this.#pass(sender, sequence + 1 - passed, sequence + 1);
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
      this.#window.send(sender, sequence, this.#connectedCount - 1, now);
    }
    return { first, count };
  }

  /** A connection broke: it gets nothing and sends nothing any more. */
  disconnect(index: number): void {
    if (this.#connected[index] === 0) return;
    this.#connected[index] = 0;
    this.#connectedCount--;
    for (let sender = 0; sender < this.options.senders; sender++) {
      if (sender === index) continue;
      this.#pass(sender, this.ledger.nextOf(index, sender), this.ledger.sentBy(sender));
    }
    this.ledger.loseReceiver(index);
    if (index < this.options.senders) this.ledger.loseSender(index);
  }

  /**
   * No longer waits for the messages of senders whose oldest one is older than a time.
   *
   * @param microseconds how old it may be.
   * @returns how many messages were given up.
   */
  giveUp(microseconds: number): number {
    const before = this.options.now() - microseconds;
    let messages = 0;
    for (let sender = 0; sender < this.options.senders; sender++) {
      if (!(this.#window.oldest(sender) < before)) continue;
      messages += this.options.window - this.#window.free(sender);
      for (let receiver = 0; receiver < this.options.receivers; receiver++) {
        const passed = this.ledger.giveUp(receiver, sender);
        const end = this.ledger.sentBy(sender);
        this.#pass(sender, end - passed, end);
      }
    }
    return messages;
  }

  /** A receiver has passed a range of messages. */
  #pass(sender: number, start: number, end: number): void {
    for (let sequence = start; sequence < end; sequence++) {
      if (this.#window.pass(sender, sequence)) this.#completed = true;
    }
  }

  #startLatency(latency: number): void {
    this.#recordLatency();
    this.#latency = latency;
    this.#latencyCount = 1;
  }

  #recordLatency(): void {
    if (this.#latencyCount > 0) this.latencies.record(this.#latency, this.#latencyCount);
    this.#latencyCount = 0;
  }
}
