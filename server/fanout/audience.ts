import type { Buffer } from "node:buffer";
import type { ByteString } from "../../protocol/mod.ts";
import type { Outbox } from "./outbox.ts";
import type { Encoder } from "./encoder.ts";

/** The frames of one turn in one room, in one format, for all its subscribers or some of them. */
export class Batch {
  bytes: ByteString = "";
  messages = 0;
  /** Whether it contains other frames than messages, such as `joined`. */
  hasNotices = false;
  /** Sequence number of the first message. */
  firstSeq = 0;
  /** The bytes of frames that are written also to subscribers for which the rest is skipped. */
  readonly kept: { readonly from: number; readonly to: number }[] = [];
  encoded: Buffer | undefined;
  /** True during a flush that leaves it for a later one. */
  isHeld = false;
  readonly subscribers = new Set<Subscriber>();

  /** @param room name of the room. */
  constructor(readonly format: Encoder, readonly room: string) {}

  reset(): void {
    this.bytes = "";
    this.messages = 0;
    this.hasNotices = false;
    this.kept.length = 0;
    this.encoded = undefined;
  }
}

/** A part of a batch, by bytes. */
export interface BatchPart {
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

/** A part of a batch, by bytes and by messages. */
export interface Range extends BatchPart {
  readonly messagesFrom: number;
  readonly messagesTo: number;
}

/** A subscriber in one room: the batch of its format, and the part of it that the subscriber has. */
export class Subscription {
  /** Start of the subscriber's next piece in the batch. */
  start: number;
  messagesStart: number;

  constructor(readonly audience: Audience, readonly batch: Batch) {
    this.start = batch.bytes.length;
    this.messagesStart = batch.messages;
  }

  /** Continues with the current end of the batch. */
  skipToEnd(): void {
    this.start = this.batch.bytes.length;
    this.messagesStart = this.batch.messages;
  }

  /** Continues with the start of the next batch. */
  reset(): void {
    this.start = 0;
    this.messagesStart = 0;
  }
}

/** A connection in the fan-out. */
export class Subscriber {
  /** Its rooms: few, so that a search takes no time. */
  readonly subscriptions: Subscription[] = [];
  /** Earlier output, in order; only of exceptions. */
  readonly pieces: (ByteString | Range)[] = [];
  /** Bytes of the pieces for it alone, not for the room. */
  directBytes = 0;
  /** The part of them that answers its own requests. */
  answerBytes = 0;
  isException = false;
  isEnding = false;
  /** Number of the last flush that writes to one of its rooms. */
  lastFlush = 0;
  /** Ends the connection after an error of a write. Set by the connection. */
  fail: (error: unknown) => void = () => this.outbox.overflow();

  /** @param format changes only before the subscriber is in a room. */
  constructor(public format: Encoder, readonly outbox: Outbox) {}

  /** Its subscription to a room, if any. */
  subscriptionTo(audience: Audience): Subscription | undefined {
    for (const subscription of this.subscriptions) {
      if (subscription.audience === audience) return subscription;
    }
    return undefined;
  }

  /** Whether frames that other clients cause are skipped, or refused to their sender. */
  get isBehind(): boolean {
    return this.outbox.isBehind(this.directBytes);
  }

  /** Whether its output is over half of the hard bound: no more frames that other clients cause. */
  get isHalfFull(): boolean {
    return this.outbox.isHalfFull(this.directBytes);
  }

  /** Whether its output is over the hard bound: nothing is relayed to it that can wait. */
  get isOverBound(): boolean {
    return this.outbox.exceedsHardBound(this.directBytes);
  }
}

/** The subscribers of one room, by format. */
export class Audience {
  readonly batches: Batch[] = [];

  /** @param room name of the room. */
  constructor(private readonly room = "") {}

  /**
   * Returns a batch of a format with a place for one more subscriber, a new one if all others are full.
   *
   * @param most maximum number of subscribers of a batch.
   */
  batchOf(format: Encoder, most = Infinity): Batch {
    const hasPlace = (batch: Batch) => batch.format === format && batch.subscribers.size < most;
    let batch = this.batches.find(hasPlace);
    if (batch === undefined) {
      batch = new Batch(format, this.room);
      this.batches.push(batch);
    }
    return batch;
  }
}
