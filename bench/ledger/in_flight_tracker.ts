import type { Buffer } from "node:buffer";
import { NoticeFilter } from "./notice_filter.ts";
import { DeliveryScanner, type DeliverySink } from "./delivery_scanner.ts";
import { LatencyRuns } from "./latency_runs.ts";
import { type Audience, Ledger } from "./ledger.ts";
import { MAX_MESSAGES_PER_SENDER, type PayloadCodec } from "./payload_codec.ts";
import { Mutex } from "./mutex.ts";
import { type RunMemory, runMemory } from "./run_memory.ts";
import { ScannedChunks } from "./scanned_chunks.ts";
import { TotalOrder } from "./total_order.ts";
import { ReceiverProgress } from "./receiver_progress.ts";
import { SendWindow } from "./send_window.ts";

/** What the traffic needs to know. */
export interface InFlightTrackerOptions {
  /** How many connections there are in this thread. The first of them are the senders. */
  readonly receivers: number;
  readonly senders: number;
  /** The index that the first sender has among those of all threads, and in payloads. Default 0. */
  readonly firstSender?: number;
  /** What the threads of the run know together. Default: there is one thread. */
  readonly memory?: RunMemory;
  /** Which of these threads this is. Default: 0. */
  readonly thread?: number;
  /** Who is to get a message. */
  readonly audience: Audience;
  /** Messages that a sender may have in flight. */
  readonly window: number;
  /** Messages have a time at which they are to be sent. Without, that is when they are sent. */
  readonly isPaced?: boolean;
  readonly mark: PayloadCodec;
  /** Microseconds, from any point, never back. */
  readonly now: () => number;
  /** Reads what is no delivery, and tells whether there was something in it; see {@link NoticeFilter}. */
  readonly hear?: (receiver: number, text: string) => boolean;
  /** Check whether all receivers get all messages in one order. */
  readonly isOrdered?: boolean;
  /** Senders get their own messages too. To the audience `others` these do not count. */
  readonly echoes?: boolean;
  /** What the trackers of a thread may have in common. Default: nothing. */
  readonly common?: TrackerCommons;
}

/** What the trackers of a thread may have in common: each of these takes some memory. */
export class TrackerCommons {
  readonly chunks: ScannedChunks;
  readonly latencies = new LatencyRuns();
  readonly firstLatencies = new LatencyRuns();
  readonly lastLatencies = new LatencyRuns();
  readonly serviceTimes = new LatencyRuns();

  /** @param isOrdered the order of all messages is checked. */
  constructor(isOrdered: boolean) {
    this.chunks = new ScannedChunks(isOrdered);
  }
}

/**
 * The account of a run: what is sent, what comes in and how late, and who may send again.
 *
 * It does no I/O. Bytes are given to `receive`; what `take` and `send` return is to be sent.
 *
 * Several threads may have an account each, of one run:
 *
 * 1. Each counts what its own receivers get, from the senders of all threads.
 * 2. Who completes a message records its last latency, and wakes the thread that may send again.
 * 3. To send, and to lose a connection, are steps that exclude each other: a message waits for those
 *    who stood when it was sent, and for nobody else.
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
  /** Of every message, from when it was written or the one before it was done, whichever is later, to
   * the last of its receivers: what a tool would measure that sends one after the other. */
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
  /** What is subtracted from an index in a payload: senders that are counted elsewhere. */
  readonly #firstIndex: number;
  readonly #isEcho: boolean;
  readonly #echoes: boolean;
  readonly #connected: Uint8Array;
  /** Which of the threads this is. */
  readonly #thread: number;
  #connectedCount: number;
  /** Threads with a sender whose message was completed here. */
  readonly #toWake = new Set<number>();
  #bytes = 0;
  /** When the chunk came in that is being read. The clock is asked once a chunk. */
  #now = 0;
  #lastDelivery = 0;
  /** A message was completed in the chunk that is being read. */
  #completed = false;

  constructor(private readonly options: InFlightTrackerOptions) {
    const { receivers, senders, audience, window, isPaced = false, mark, hear } = options;
    const between = hear === undefined ? undefined : new NoticeFilter(hear);
    const { common = new TrackerCommons(options.isOrdered === true) } = options;
    this.latencies = common.latencies;
    this.firstLatencies = common.firstLatencies;
    this.lastLatencies = common.lastLatencies;
    this.serviceTimes = common.serviceTimes;
    this.#isEcho = audience === "self";
    this.#echoes = options.echoes === true;
    const { firstSender = 0 } = options;
    // Without common memory only the senders here are counted.
    this.#firstIndex = options.memory === undefined ? firstSender : 0;
    this.#firstSender = firstSender - this.#firstIndex;
    const { isOrdered = false } = options;
    const memory = options.memory ??
      runMemory({ sendersByThread: [senders], window, isPaced, isOrdered });
    this.#memory = memory;
    this.#mutex = new Mutex(memory.mutex);
    this.#thread = options.memory === undefined ? 0 : options.thread ?? 0;
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
    const { chunks } = common;
    this.#scanners = Array.from(
      { length: receivers },
      (_, receiver) => new DeliveryScanner(mark, receiver, this, chunks, between),
    );
    this.#connected = new Uint8Array(receivers).fill(1);
    this.#connectedCount = receivers;
    Atomics.add(memory.connected, this.#thread, receivers);
  }

  /** Bytes received so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the last delivery came in, in microseconds; 0 if none did. */
  get lastDelivery(): number {
    return this.#lastDelivery;
  }

  /** Deliveries that came in another order than to other receivers; nothing where that is not checked. */
  get orderViolations(): number | undefined {
    return this.#order?.violations;
  }

  /** How many connections of this thread still stand. */
  get connected(): number {
    return this.#connectedCount;
  }

  /** Whether there is nobody any more whom a message could come to. */
  get isDeserted(): boolean {
    if (this.#isEcho) return this.#connectedCount <= 0;
    const { connected } = this.#memory;
    let sum = 0;
    for (let thread = 0; thread < connected.length; thread++) {
      sum += Atomics.load(connected, thread);
    }
    return sum <= 1;
  }

  /** True when every message sent here has come to everybody who was to get it, or was passed over. */
  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  /** The same of the messages of all threads, but for senders whose connection broke: nobody knows how
   * much of theirs the server has got. */
  get isAllIdle(): boolean {
    for (let sender = 0; sender < this.ledger.senders; sender++) {
      if (!this.ledger.isGone(sender) && this.#window.inFlight(sender, sender + 1) > 0) {
        return false;
      }
    }
    return true;
  }

  /** How many messages that were sent here have not come to everybody who is to get them. */
  get inFlight(): number {
    return this.#window.inFlight(this.#firstSender, this.#firstSender + this.options.senders);
  }

  /** Whether a connection still stands. */
  isConnected(index: number): boolean {
    return this.#connected[index] === 1;
  }

  /** Whether a sender's connection stands, and somebody is there to get its messages. */
  canSend(sender: number): boolean {
    return this.isConnected(sender) && !this.isDeserted;
  }

  /**
   * Takes bytes that have come in.
   *
   * @returns true when some message was completed by them, so that a sender here may send again.
   */
  receive(receiver: number, chunk: Buffer): boolean {
    if (!this.isConnected(receiver)) return false;
    this.#now = this.options.now();
    this.#bytes += chunk.length;
    this.#completed = false;
    const before = this.ledger.received;
    this.#scanners[receiver]!.push(chunk);
    if (this.ledger.received > before) this.#lastDelivery = this.#now;
    if (this.#toWake.size > 0) this.#wakeOthers();
    return this.#completed;
  }

  /** Messages have come in. The hot path. */
  deliver(receiver: number, index: number, first: number, count: number): void {
    const sender = index - this.#firstIndex;
    if (this.#isEcho) {
      if (receiver !== sender) return this.ledger.misdeliver(count);
    } else if (this.#echoes && receiver === this.#connectionOf(sender)) return;
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
      // A straggler's time of sending may be forgotten: then there is no latency to record.
      const sentAt = this.#window.onceSentAt(sender, sequence);
      if (!Number.isNaN(sentAt)) this.latencies.record(this.#now - sentAt);
    }
  }

  /** A payload was found that is not what was sent. */
  corrupt(receiver: number, index: number, sequence: number): void {
    const sender = index - this.#firstIndex;
    if (this.#isEcho) {
      if (receiver !== sender) return void this.ledger.corrupt(receiver, -1, -1);
    } else if (this.#echoes && receiver === this.#connectionOf(sender)) return;
    if (this.ledger.corrupt(receiver, sender, sequence)) this.#pass(sender, sequence, sequence + 1);
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
   * Notes that a sender sends as many messages as it may. Their time is that at which it might: when
   * the last one before them was done. So as many are in flight all the time as may be, and by
   * Little's law that is the rate times the mean latency.
   *
   * @param most how many at most.
   * @returns how many, and the sequence number of the first.
   */
  take(sender: number, most: number): { first: number; count: number } {
    const index = sender + this.#firstSender;
    const first = this.ledger.sentBy(index);
    const count = this.#mutex.exclusively(() => {
      if (!this.canSend(sender)) return 0;
      const room = Math.min(this.#window.free(index), most, MAX_MESSAGES_PER_SENDER - first);
      const now = this.options.now();
      const freeSince = Math.min(this.#memory.doneAt[index] || now, now);
      const threads = this.#waitingThreads;
      for (let left = room; left > 0; left--) this.#send(index, threads, freeSince, now);
      return Math.max(room, 0);
    });
    return { first, count };
  }

  /**
   * Notes that a sender, which can send, sends a message that was to be sent at a time.
   *
   * @returns its sequence number, or nothing when there is no room for one more in flight.
   */
  send(sender: number, intended: number, now: number): number | undefined {
    const index = sender + this.#firstSender;
    const sequence = this.ledger.sentBy(index);
    if (this.#window.free(index) <= 0 || sequence >= MAX_MESSAGES_PER_SENDER) return undefined;
    this.#mutex.exclusively(() => this.#send(index, this.#waitingThreads, intended, now));
    return sequence;
  }

  #send(index: number, threads: number, intended: number, now: number): void {
    this.#window.send(index, this.ledger.send(index), threads, intended, now);
  }

  /** How many threads have receivers of what is sent here now. */
  get #waitingThreads(): number {
    if (this.#isEcho) return 1;
    const { connected } = this.#memory;
    let threads = 0;
    for (let thread = 0; thread < connected.length; thread++) {
      // The sender itself is connected, and is no receiver.
      const senders = thread === this.#thread ? 1 : 0;
      if (Atomics.load(connected, thread) > senders) threads++;
    }
    return threads;
  }

  /** How often other threads have completed messages that were sent here. */
  get wakes(): number {
    return Atomics.load(this.#memory.wakes, this.#thread);
  }

  /** Waits until they have done so again, since it was so often. */
  async wokenSince(wakes: number): Promise<void> {
    await Atomics.waitAsync(this.#memory.wakes, this.#thread, wakes).value;
  }

  /** Ends that wait. */
  endWait(): void {
    Atomics.notify(this.#memory.wakes, this.#thread);
  }

  /** A connection broke: it gets nothing and sends nothing any more. */
  disconnect(index: number): void {
    if (this.#connected[index] === 0) return;
    this.#connected[index] = 0;
    this.#connectedCount--;
    this.#now = this.options.now();
    this.#mutex.exclusively(() => {
      Atomics.sub(this.#memory.connected, this.#thread, 1);
      for (const sender of this.#sendersTo(index)) {
        const start = this.#progress.slowest(sender);
        const next = this.ledger.nextOf(index, sender);
        this.#progress.leave(sender, next, this.ledger.sentBy(sender));
        this.#complete(sender, start, false);
      }
      this.ledger.loseReceiver(index);
      if (index < this.options.senders) this.ledger.loseSender(index + this.#firstSender);
    });
    this.#wakeOthers();
  }

  /**
   * No longer waits for messages that are older than a time, of senders whose connections stand.
   *
   * @param microseconds how old they may be.
   * @returns how many messages were given up.
   */
  giveUp(microseconds: number): number {
    this.#now = this.options.now();
    const before = this.#now - microseconds;
    const messages = this.#mutex.exclusively(() => {
      let messages = 0;
      for (let sender = 0; sender < this.ledger.senders; sender++) {
        const end = this.#window.endBefore(sender, before);
        if (end === undefined || this.ledger.isGone(sender)) continue;
        for (let receiver = 0; receiver < this.options.receivers; receiver++) {
          if (this.#isEcho && receiver !== sender) continue;
          const passed = this.ledger.giveUp(receiver, sender, end);
          messages += this.#pass(sender, end - passed, end);
        }
      }
      return messages;
    });
    this.#wakeOthers();
    return messages;
  }

  /** Tells the other threads how far the receivers here have come, for the sums at the end. */
  tellFarthest(): void {
    this.#mutex.exclusively(() => this.ledger.tellFarthest());
  }

  /** How many receivers a sender's messages have here. */
  #receiversOf(sender: number): number {
    const isHere = this.#connectionOf(sender) !== undefined;
    if (this.#isEcho) return isHere ? 1 : 0;
    return this.options.receivers - (isHere ? 1 : 0);
  }

  /** Whose messages a receiver is to get. */
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
    else this.#toWake.add(this.#memory.threadOf[sender]!);
  }

  /** The connection here of a sender; nothing if another thread has it. */
  #connectionOf(sender: number): number | undefined {
    const connection = sender - this.#firstSender;
    return connection >= 0 && connection < this.options.senders ? connection : undefined;
  }

  #wakeOthers(): void {
    const { wakes } = this.#memory;
    for (const thread of this.#toWake) {
      Atomics.add(wakes, thread, 1);
      Atomics.notify(wakes, thread);
    }
    this.#toWake.clear();
  }
}
