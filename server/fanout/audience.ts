import type { Buffer } from "node:buffer";
import type { ByteString } from "../../protocol/mod.ts";
import type { Outbox } from "./outbox.ts";
import type { Encoder } from "./encoder.ts";

/** Frames of one turn in one room, in one transport format, for all its subscribers or some of them. */
export class Batch {
  bytes: ByteString = "";
  /** Messages in the batch. */
  messages = 0;
  /** Whether there are other frames among them, such as `joined`. */
  hasNotices = false;
  /** Sequence number of the first of them. */
  firstSeq = 0;
  encoded: Buffer | undefined;
  /** True in a flush that leaves it for a later one. */
  isHeld = false;
  readonly subscribers = new Set<Subscriber>();

  constructor(readonly format: Encoder) {}

  reset(): void {
    this.bytes = "";
    this.messages = 0;
    this.hasNotices = false;
    this.encoded = undefined;
  }
}

/** A part of a batch that a subscriber gets: bytes from and to, messages from and to. */
export interface Range {
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
  readonly messagesFrom: number;
  readonly messagesTo: number;
}

/** One connection's place in the fan-out. */
export class Subscriber {
  /** The batch it follows, while it is in a room. */
  batch: Batch | undefined;
  /** Where in the batch its next piece starts. */
  start = 0;
  messagesStart = 0;
  /** What it gets before that, in order; used by exceptions only. */
  readonly pieces: (ByteString | Range)[] = [];
  /** Bytes among the pieces that are its own and not the room's. */
  directBytes = 0;
  isException = false;
  isEnding = false;
  /** Ends the connection: writing to it threw an error. Set by the connection. */
  fail: (error: unknown) => void = () => this.outbox.overflow();

  /** @param format changes only before the subscriber is in a room. */
  constructor(public format: Encoder, readonly outbox: Outbox) {}

  /** True while frames that others cause are to be left out, or refused to their sender. */
  get isBehind(): boolean {
    return this.outbox.isBehind(this.directBytes);
  }
}

/** The subscribers of one room, by transport format. */
export class Audience {
  readonly batches: Batch[] = [];

  /**
   * Returns a batch of a format for one more subscriber; a new one where all others are full.
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
