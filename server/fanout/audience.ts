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

  constructor(readonly format: Encoder) {}

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

/** A connection in the fan-out. */
export class Subscriber {
  /** The batch of its room; absent without a room. */
  batch: Batch | undefined;
  /** Start of its next piece in the batch. */
  start = 0;
  messagesStart = 0;
  /** Earlier output, in order; only of exceptions. */
  readonly pieces: (ByteString | Range)[] = [];
  /** Bytes of the pieces for it alone, not for the room. */
  directBytes = 0;
  /** The part of them that answers its own requests. */
  answerBytes = 0;
  isException = false;
  isEnding = false;
  /** Ends the connection after an error of a write. Set by the connection. */
  fail: (error: unknown) => void = () => this.outbox.overflow();

  /** @param format changes only before the subscriber is in a room. */
  constructor(public format: Encoder, readonly outbox: Outbox) {}

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

  /**
   * Returns a batch of a format with a place for one more subscriber, a new one if all others are full.
   *
   * @param most maximum number of subscribers of a batch.
   */
  batchOf(format: Encoder, most = Infinity): Batch {
    const hasPlace = (batch: Batch) => batch.format === format && batch.subscribers.size < most;
    let batch = this.batches.find(hasPlace);
    if (batch === undefined) {
      batch = new Batch(format);
      this.batches.push(batch);
    }
    return batch;
  }
}
