import type { Alarm } from "./alarm.ts";
import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import type { LoadOptions } from "./options.ts";
import type { Pacer } from "./pacer.ts";
import type { SendingSide } from "./load_groups.ts";

/** Decides when messages are sent. */
export interface Sending {
  /** Sends the first messages. */
  start(): void;
  /** Called when a message is complete or a connection has ended: others may be sent. */
  wake(): void;
  /** Called before `wake` when a message has expired, which then counts as lost. */
  expired?(): void;
  stop(): void;
  /** Delays of messages that have a time at which they are due. */
  readonly slip?: HistogramSnapshot;
  /** Messages that were due and were not sent. */
  readonly unsent: number;
  /** Messages that would still be due after the last that was sent. */
  readonly left: number;
}

export interface SendingOptions {
  readonly traffic: SendingSide;
  readonly senders: number;
  /** Maximum number of messages. */
  readonly amount: number;
  /** Sends `count` messages of a sender, from a sequence number on, in one write. */
  readonly write: (sender: number, first: number, count: number) => void;
  /** Called when nothing more is to be sent. */
  readonly onEnd: () => void;
  /** Called when no sender is left. */
  readonly onDeserted: () => void;
}

/**
 * A closed loop: as soon as all receivers have a message, its sender sends the next one.
 *
 * The messages of a sender in one turn of the event loop are one write: first all sockets are read,
 * then `setImmediate` sends. A single sender with nothing in flight sends at once.
 */
export class ClosedLoop implements Sending {
  readonly unsent = 0;
  /** No message has a time at which it is due. */
  readonly left = 0;
  #budget: number;
  #isScheduled = false;
  #isStopped = false;

  constructor(private readonly options: SendingOptions) {
    this.#budget = options.amount;
  }

  start(): void {
    this.#flush();
  }

  wake(): void {
    if (this.#isScheduled || this.#isStopped) return;
    // Nothing else can have come in that could be read before.
    if (this.options.senders === 1 && this.options.traffic.isIdle) return this.#flush();
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  #flush(): void {
    if (this.#isStopped) return;
    const { traffic, senders, write, onEnd } = this.options;
    let sent = 0;
    // Asked before: another thread may complete a message at any time.
    const wasIdle = traffic.isIdle;
    for (let sender = 0; sender < senders; sender++) {
      const { first, count } = traffic.take(sender, this.#budget);
      if (count === 0) continue;
      this.#budget -= count;
      sent += count;
      write(sender, first, count);
    }
    // Nothing in flight, and still nothing sent: no sender is left, or none has sequence numbers
    // left.
    if (this.#budget === 0 || (wasIdle && sent === 0)) onEnd();
  }
}

/** Maximum of messages in one turn of the event loop; then sockets are read. */
const MAX_A_TURN = 512;

export interface OpenLoopOptions extends SendingOptions {
  readonly pacer: Pacer;
  /** Rings when the next message is due. */
  readonly alarm: Alarm;
  /** Microseconds, as the pacer counts them. */
  readonly now: () => number;
  /** End of sending in microseconds; messages due then or later are not sent. */
  readonly end: number;
  /** Called when too many messages are in flight to send another. Sending has ended then. */
  readonly onOverload: () => void;
}

/**
 * An open loop: messages are sent when they are due, whether earlier ones have arrived or not.
 *
 * 1. A server that stalls still gets the messages that are due, and the latencies, measured from the
 *    due times, show the whole stall.
 * 2. The senders take turns, so each one's messages are spread as evenly as all together.
 * 3. Messages of one sender that are due at one time are one write.
 * 4. When sending stops, due messages are sent up to the limit of one turn; the rest is counted.
 */
export class OpenLoop implements Sending {
  #budget: number;
  #sender = 0;
  #isStopped = false;
  #unsent = 0;
  /** 1 when a message was due and no sender was left. */
  #orphaned = 0;
  /** By sender: the first sequence number and the count of what is to be written in this turn. */
  readonly #batches = new Map<number, { readonly first: number; count: number }>();

  constructor(private readonly options: OpenLoopOptions) {
    this.#budget = options.amount;
    options.alarm.onRing = () => this.#turn();
  }

  get slip(): HistogramSnapshot {
    return this.options.pacer.slip.snapshot();
  }

  get unsent(): number {
    return this.#unsent;
  }

  get left(): number {
    const { pacer, end } = this.options;
    return pacer.left(end, this.#budget - this.#orphaned) + this.#orphaned;
  }

  start(): void {
    this.#turn();
  }

  wake(): void {}

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (!this.#sendDue()) return;
    const { pacer, now, end } = this.options;
    const until = Math.min(now(), end);
    while (this.#budget > 0 && pacer.nextAt < end && pacer.take(until) !== undefined) {
      this.#budget--;
      this.#unsent++;
    }
  }

  #turn(): void {
    if (this.#isStopped) return;
    if (!this.#sendDue()) return;
    const { pacer, now, end, onEnd } = this.options;
    const { nextAt } = pacer;
    if (nextAt >= end) {
      // The rate has dropped to 0, and sending has no end time.
      if (end === Infinity) onEnd();
      return;
    }
    const wait = nextAt - now();
    // The last message has its interval, too.
    if (this.#budget === 0 && wait <= 0) return onEnd();
    if (wait <= 0) setImmediate(() => this.#turn());
    else this.options.alarm.set(wait / 1000);
  }

  /**
   * Sends due messages, up to the limit of one turn.
   *
   * @returns false when no more can be sent at all.
   */
  #sendDue(): boolean {
    const { traffic, pacer, end, write, onDeserted, onOverload } = this.options;
    const now = this.options.now();
    let onStop: (() => void) | undefined;
    for (let count = 0; count < MAX_A_TURN && this.#budget > 0 && pacer.nextAt < end; count++) {
      const intended = pacer.take(now);
      if (intended === undefined) break;
      const sender = this.#nextSender();
      const sequence = sender === undefined ? undefined : traffic.send(sender, intended, now);
      if (sender === undefined || sequence === undefined) {
        this.#isStopped = true;
        // Another thread may have lost the last receiver meanwhile.
        const isOverloaded = sender !== undefined && traffic.canSend(sender);
        onStop = isOverloaded ? onOverload : onDeserted;
        if (isOverloaded) this.#unsent++;
        else this.#orphaned = 1;
        break;
      }
      this.#budget--;
      const batch = this.#batches.get(sender);
      if (batch === undefined) this.#batches.set(sender, { first: sequence, count: 1 });
      else batch.count++;
    }
    for (const [sender, { first, count }] of this.#batches) write(sender, first, count);
    this.#batches.clear();
    onStop?.();
    return onStop === undefined;
  }

  /** The next of the senders that can send. */
  #nextSender(): number | undefined {
    const { traffic, senders } = this.options;
    for (let count = 0; count < senders; count++) {
      const sender = this.#sender;
      this.#sender = (sender + 1) % senders;
      if (traffic.canSend(sender)) return sender;
    }
    return undefined;
  }
}

/** Expected duration of sending. */
export function expectedSeconds({ amount, rate, durationSeconds }: LoadOptions): number {
  return amount !== undefined && typeof rate === "number" ? amount / rate : durationSeconds;
}

/** The loop of a thread that has no senders, or whose senders have not begun. */
export const NOT_SENDING: Sending = { start() {}, wake() {}, stop() {}, unsent: 0, left: 0 };
