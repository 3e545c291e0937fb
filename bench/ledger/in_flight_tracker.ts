import type { Buffer } from "node:buffer";
import { NoticeFilter } from "./notice_filter.ts";
import { DeliveryScanner, type DeliverySink } from "./delivery_scanner.ts";
import type { LatencyRuns } from "./latency_runs.ts";
import { Ledger } from "./ledger.ts";
import { MAX_MESSAGES_PER_SENDER } from "./payload_codec.ts";
import { Mutex } from "./mutex.ts";
import { ReceiverProgress } from "./receiver_progress.ts";
import { type RunMemory, runMemory, ThreadLinks } from "./run_memory.ts";
import { SendWindow } from "./send_window.ts";
import { type OrderCheck, TotalOrder } from "./total_order.ts";
import { type InFlightTrackerOptions, SharedTrackerState } from "./tracker_options.ts";

/**
 * What is in flight: what is sent, what arrives and how late, and which sender may send again.
 *
 * It does no I/O. `receive` is given the bytes; the caller sends what `take` and `send` return.
 *
 * Several threads may have a tracker each of one run:
 *
 * 1. Each counts what its own receivers get, from the senders of all threads.
 * 2. The thread that completes a message records its last latency, and wakes that of the sender.
 * 3. Sending and losing a connection exclude each other: a message waits for the receivers that were
 *    connected when it was sent, and for no others.
 *
 * Callers number senders by their connections here; everything inside by their index among all.
 */
export class InFlightTracker implements DeliverySink {
  readonly ledger: Ledger;
  /** Of every delivery from now on. */
  latencies: LatencyRuns;
  /** Of every message, to the first of its receivers. */
  readonly firstLatencies: LatencyRuns;
  /** Of every message, to the last of its receivers. */
  readonly lastLatencies: LatencyRuns;
  /** Of every message, from when it was written or the one before it was complete, whichever is
   * later, to the last of its receivers: the latency of a tool that sends one after the other. */
  readonly serviceTimes: LatencyRuns;
  readonly #window: SendWindow;
  readonly #progress: ReceiverProgress;
  /** By sender: some receiver here has all messages before this sequence number. */
  readonly #seen: Float64Array;
  readonly #order: TotalOrder | undefined;
  readonly #scanners: DeliveryScanner[];
  readonly #memory: RunMemory;
  readonly #mutex: Mutex;
  readonly #firstSender: number;
  /** Index in payloads of the first sender that is counted here. */
  readonly #firstIndex: number;
  readonly #isEcho: boolean;
  readonly #echoes: boolean;
  readonly #connected: Uint8Array;
  #connectedCount: number;
  /** What this thread shares with the others. */
  readonly threads: ThreadLinks;
  #bytes = 0;
  /** When the current chunk arrived: the clock is read once per chunk. */
  #now = 0;
  #lastDelivery = 0;
  /** A message was completed by the current chunk. */
  #completed = false;

  constructor(private readonly options: InFlightTrackerOptions) {
    const { receivers, senders, audience, window, codec, readNotice, firstSender = 0 } = options;
    const { isPaced = false, isOrdered = false, echoes = false } = options;
    const notices = readNotice === undefined ? undefined : new NoticeFilter(readNotice);
    const { shared = new SharedTrackerState(isOrdered) } = options;
    this.latencies = shared.latencies;
    this.firstLatencies = shared.firstLatencies;
    this.lastLatencies = shared.lastLatencies;
    this.serviceTimes = shared.serviceTimes;
    this.#isEcho = audience === "self";
    this.#echoes = echoes;
    // Without shared memory only the senders here are counted.
    const isAlone = options.memory === undefined;
    const memory = options.memory ??
      runMemory({ sendersByThread: [senders], window, isPaced, isOrdered });
    this.#firstIndex = isAlone ? firstSender : 0;
    this.#firstSender = firstSender - this.#firstIndex;
    this.#memory = memory;
    this.#mutex = new Mutex(memory.mutex);
    this.threads = new ThreadLinks(memory, isAlone ? 0 : options.thread ?? 0);
    const own = { first: this.#firstSender, count: senders };
    const all = memory.threadOf.length;
    this.#progress = new ReceiverProgress(
      Array.from({ length: all }, (_, sender) => this.#receiversOf(sender)),
      memory.window.size,
    );
    this.#seen = new Float64Array(all);
    this.ledger = new Ledger(receivers, all, audience, own, memory.ledger);
    this.#window = new SendWindow(memory.window);
    this.#order = memory.order && new TotalOrder(memory.order, receivers, senders);
    this.#scanners = Array.from(
      { length: receivers },
      (_, receiver) => new DeliveryScanner(codec, receiver, this, shared.chunks, notices),
    );
    this.#connected = new Uint8Array(receivers).fill(1);
    this.#connectedCount = receivers;
    this.threads.open(receivers);
  }

  /** Bytes received so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the last delivery arrived, in microseconds; 0 if none did. */
  get lastDelivery(): number {
    return this.#lastDelivery;
  }

  /** The check of the order of all messages; `undefined` if that was not requested. */
  get order(): OrderCheck | undefined {
    return this.#order?.check;
  }

  /** Number of open connections of this thread. */
  get connected(): number {
    return this.#connectedCount;
  }

  /** Whether no receiver is left. */
  get isDeserted(): boolean {
    return this.#isEcho ? this.#connectedCount <= 0 : this.threads.connections <= 1;
  }

  /** Whether every message sent here is complete. */
  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  /** The same of the messages of all threads, except of senders whose connection broke: how much of
   * theirs the server received is not known. */
  get isAllIdle(): boolean {
    for (let sender = 0; sender < this.ledger.senders; sender++) {
      const isIdle = this.ledger.isGone(sender) || this.#window.inFlight(sender, sender + 1) === 0;
      if (!isIdle) return false;
    }
    return true;
  }

  /** Number of messages sent here that are not complete. */
  get inFlight(): number {
    return this.#window.inFlight(this.#firstSender, this.#firstSender + this.options.senders);
  }

  isConnected(index: number): boolean {
    return this.#connected[index] === 1;
  }

  /** Whether a sender is connected and has a receiver. */
  canSend(sender: number): boolean {
    return this.isConnected(sender) && !this.isDeserted;
  }

  /**
   * Reads bytes that have arrived.
   *
   * @returns true if a message was completed by them, so that a sender here may send again.
   */
  receive(receiver: number, chunk: Buffer): boolean {
    if (!this.isConnected(receiver)) return false;
    this.#now = this.options.now();
    this.#bytes += chunk.length;
    this.#completed = false;
    const before = this.ledger.received;
    this.#scanners[receiver]!.push(chunk);
    if (this.ledger.received > before) this.#lastDelivery = this.#now;
    this.threads.wakeOthers();
    return this.#completed;
  }

  /** Messages have arrived. The hot path. */
  deliver(receiver: number, index: number, first: number, count: number): void {
    const sender = index - this.#firstIndex;
    if (this.#isEcho && receiver !== sender) return this.ledger.misdeliver(count);
    if (this.#isOwnEcho(receiver, sender)) return;
    const end = first + count;
    if (this.ledger.recordRun(receiver, sender, first, count)) {
      for (let sequence = first; this.#order !== undefined && sequence < end; sequence++) {
        this.#order.receive(receiver, sender, sequence);
      }
      this.#arrive(sender, first, end);
    } else {
      for (let sequence = first; sequence < end; sequence++) {
        this.#deliverOne(receiver, sender, sequence);
      }
    }
  }

  #deliverOne(receiver: number, sender: number, sequence: number): void {
    const passed = this.ledger.record(receiver, sender, sequence);
    if (this.#order !== undefined && passed >= 0) this.#order.receive(receiver, sender, sequence);
    if (passed > 1) this.#pass(sender, sequence + 1 - passed, sequence);
    if (passed >= 1) this.#arrive(sender, sequence, sequence + 1);
    else if (passed === 0) {
      // The window may no longer hold when it was sent: then there is no latency to record.
      const sentAt = this.#window.onceSentAt(sender, sequence);
      if (!Number.isNaN(sentAt)) this.latencies.record(this.#now - sentAt);
    }
  }

  /** A message has arrived that was changed or cut short. */
  corrupt(receiver: number, index: number, sequence: number): void {
    const sender = index - this.#firstIndex;
    if (this.#isEcho && receiver !== sender) return void this.ledger.corrupt(receiver, -1, -1);
    if (this.#isOwnEcho(receiver, sender)) return;
    if (this.ledger.corrupt(receiver, sender, sequence)) this.#pass(sender, sequence, sequence + 1);
  }

  /** Whether a message is the receiver's own, which does not count. */
  #isOwnEcho(receiver: number, sender: number): boolean {
    return this.#echoes && !this.#isEcho && receiver === this.#connectionOf(sender);
  }

  /** A receiver, which expected exactly these next, has got messages in flight. */
  #arrive(sender: number, first: number, end: number): void {
    const window = this.#window;
    for (let sequence = first; sequence < end;) {
      const start = sequence;
      const sentAt = window.sentAt(sender, start);
      do sequence++; while (sequence < end && window.sentAt(sender, sequence) === sentAt);
      this.latencies.record(this.#now - sentAt, sequence - start);
    }
    const seen = Math.max(this.#seen[sender]!, this.#progress.slowest(sender));
    for (let sequence = Math.max(first, seen); sequence < end; sequence++) {
      if (!window.see(sender, sequence)) continue;
      this.firstLatencies.record(this.#now - window.sentAt(sender, sequence));
    }
    this.#seen[sender] = first <= seen ? Math.max(seen, end) : seen;
    this.#move(sender, first, end, true);
  }

  /**
   * A receiver goes past messages in flight.
   *
   * @param isDelivered it has got them.
   * @returns number of messages that are complete by this.
   */
  #move(sender: number, first: number, end: number, isDelivered: boolean): number {
    const start = this.#progress.slowest(sender);
    this.#progress.move(sender, first, end);
    return this.#complete(sender, start, isDelivered);
  }

  /**
   * Records that a sender sends as many messages as it may. They count as sent when it was allowed to:
   * when the last one before them was complete. So the window is always full, and by Little's law it
   * is the rate times the mean latency.
   *
   * @returns the number of messages, and the sequence number of the first.
   */
  take(sender: number, maximum: number): { first: number; count: number } {
    const index = sender + this.#firstSender;
    const first = this.ledger.sentBy(index);
    const count = this.#mutex.exclusively(() => {
      if (!this.canSend(sender)) return 0;
      const room = Math.min(this.#window.free(index), maximum, MAX_MESSAGES_PER_SENDER - first);
      const now = this.options.now();
      const freeSince = Math.min(this.#memory.doneAt[index] || now, now);
      const threads = this.#receivingThreads;
      for (let left = room; left > 0; left--) this.#send(index, threads, freeSince, now);
      return Math.max(room, 0);
    });
    return { first, count };
  }

  /**
   * Records that a sender sends a message that was due at a time.
   *
   * @returns its sequence number, or `undefined` if the window is full or no receiver is left.
   */
  send(sender: number, intended: number, now: number): number | undefined {
    const index = sender + this.#firstSender;
    const sequence = this.ledger.sentBy(index);
    if (this.#window.free(index) <= 0 || sequence >= MAX_MESSAGES_PER_SENDER) return undefined;
    return this.#mutex.exclusively(() => {
      if (!this.canSend(sender)) return undefined;
      this.#send(index, this.#receivingThreads, intended, now);
      return sequence;
    });
  }

  #send(index: number, threads: number, intended: number, now: number): void {
    this.#window.send(index, this.ledger.send(index), threads, intended, now);
  }

  get #receivingThreads(): number {
    return this.#isEcho ? 1 : this.threads.receivingThreads;
  }

  /** A connection broke: nothing more is sent to it or by it. */
  disconnect(index: number): void {
    if (this.#connected[index] === 0) return;
    this.#connected[index] = 0;
    this.#connectedCount--;
    this.#now = this.options.now();
    this.#mutex.exclusively(() => {
      this.threads.close();
      for (const sender of this.#sendersTo(index)) {
        const start = this.#progress.slowest(sender);
        const next = this.ledger.nextOf(index, sender);
        this.#progress.leave(sender, next, this.ledger.sentBy(sender));
        this.#complete(sender, start, false);
      }
      this.ledger.loseReceiver(index);
      if (index < this.options.senders) this.ledger.loseSender(index + this.#firstSender);
    });
    this.threads.wakeOthers();
  }

  /**
   * No longer waits for old messages of senders that are connected.
   *
   * @param microseconds maximum age of those that are still waited for.
   * @returns number of messages that are complete by this.
   */
  expire(microseconds: number): number {
    this.#now = this.options.now();
    const before = this.#now - microseconds;
    const messages = this.#mutex.exclusively(() => {
      let messages = 0;
      for (let sender = 0; sender < this.ledger.senders; sender++) {
        const end = this.#window.endBefore(sender, before);
        if (end === undefined || this.ledger.isGone(sender)) continue;
        for (let receiver = 0; receiver < this.options.receivers; receiver++) {
          if (this.#isEcho && receiver !== sender) continue;
          const passed = this.ledger.expire(receiver, sender, end);
          messages += this.#pass(sender, end - passed, end);
        }
      }
      return messages;
    });
    this.threads.wakeOthers();
    return messages;
  }

  /** Shares how far the receivers here have come with the other threads, for the totals at the end. */
  shareFarthest(): void {
    this.#mutex.exclusively(() => this.ledger.shareFarthest());
  }

  /** Number of receivers here of a sender's messages. */
  #receiversOf(sender: number): number {
    const isHere = this.#connectionOf(sender) !== undefined;
    if (this.#isEcho) return isHere ? 1 : 0;
    return this.options.receivers - (isHere ? 1 : 0);
  }

  /** The senders whose messages a receiver is to get. */
  *#sendersTo(receiver: number): Iterable<number> {
    for (let sender = 0; sender < this.ledger.senders; sender++) {
      if ((receiver === this.#connectionOf(sender)) === this.#isEcho) yield sender;
    }
  }

  /** A receiver goes past messages that it has not got. Returns how many are complete by this. */
  #pass(sender: number, first: number, end: number): number {
    return first < end ? this.#move(sender, first, end, false) : 0;
  }

  /**
   * All receivers here have passed the messages from a sequence number on.
   *
   * @param isDelivered the last of them has got them.
   * @returns number of messages that all threads have passed.
   */
  #complete(sender: number, start: number, isDelivered: boolean): number {
    const window = this.#window;
    const { doneAt } = this.#memory;
    const end = this.#progress.slowest(sender);
    let completed = 0;
    for (let sequence = start; sequence < end; sequence++) {
      const sentAt = window.sentAt(sender, sequence);
      const writtenAt = window.writtenAt(sender, sequence);
      if (!window.pass(sender, sequence)) continue;
      completed++;
      if (!isDelivered) continue;
      this.lastLatencies.record(this.#now - sentAt);
      // Another thread may have done the one before at a time that is not over here.
      this.serviceTimes.record(Math.max(this.#now - Math.max(writtenAt, doneAt[sender]!), 0));
      doneAt[sender] = this.#now;
    }
    if (completed > 0) this.#release(sender);
    return completed;
  }

  /** Its sender may send again. */
  #release(sender: number): void {
    this.#memory.doneAt[sender] = this.#now;
    if (this.#connectionOf(sender) !== undefined) this.#completed = true;
    else this.threads.release(sender);
  }

  /** The connection here of a sender; `undefined` if another thread has it. */
  #connectionOf(sender: number): number | undefined {
    const connection = sender - this.#firstSender;
    return connection >= 0 && connection < this.options.senders ? connection : undefined;
  }
}
