import { Buffer } from "node:buffer";
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

/**
 * The batches that some subscribers of several rooms get whole in one flush, in one write. Subscribers
 * with the same batches have the same object, so that these are joined once for all of them.
 *
 * It is one node of a tree that a flush makes and drops: each node has one batch more than the one
 * before it.
 */
export class SharedBatches {
  /** Messages in all batches. */
  readonly messages: number;
  readonly #longer = new Map<Batch, SharedBatches>();
  #bytes: Buffer | undefined;

  /** @param last the batch that the flush writes last. */
  constructor(readonly last: Batch, private readonly before?: SharedBatches) {
    this.messages = last.messages + (before?.messages ?? 0);
  }

  /** These batches and another one. */
  with(batch: Batch): SharedBatches {
    let longer = this.#longer.get(batch);
    if (longer === undefined) {
      longer = new SharedBatches(batch, this);
      this.#longer.set(batch, longer);
    }
    return longer;
  }

  /** In the order in which their bytes are joined. */
  get batches(): readonly Batch[] {
    const batches = [this.last];
    for (let node = this.before; node !== undefined; node = node.before) batches.push(node.last);
    return batches.reverse();
  }

  /** The bytes of all batches, which must be encoded. */
  get bytes(): Buffer {
    if (this.before === undefined) return this.last.encoded!;
    return this.#bytes ??= Buffer.concat(this.batches.map(({ encoded }) => encoded!));
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
  /** The batches of this flush that it gets whole, of a subscriber of several rooms; only in a flush. */
  shared: SharedBatches | undefined;
  /** Changes answers before they are written, for the response to one request. */
  changeAnswer: ((bytes: ByteString) => ByteString) | undefined;
  /** Ends the connection after an error of a write. Set by the connection. */
  fail: (error: unknown) => void = () => this.outbox.overflow();

  /** @param format changes only before the subscriber is in a room. */
  constructor(public format: Encoder, readonly outbox: Outbox) {}

  /** Drops its own output, which a flush has written, or none will write. */
  discard(): void {
    this.pieces.length = 0;
    this.directBytes = 0;
    this.answerBytes = 0;
  }

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
