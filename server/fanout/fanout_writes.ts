import { Buffer } from "node:buffer";
import type { ByteString } from "../../protocol/mod.ts";
import type { Batch, Range, Subscriber } from "./audience.ts";
import type { Encoder } from "./encoder.ts";

/** Counters of a fan-out. */
export interface FanoutCounts {
  /** Messages that were broadcast. */
  messages: number;
  /** Messages that were handed to a subscriber's outbox. */
  deliveries: number;
  /** Messages that a subscriber did not get, since it is behind. */
  skipped: number;
  /** Frames caused by others that a subscriber did not get, since it is behind. */
  droppedNotices: number;
}

/** A subscriber that could not be written to. */
export interface WriteFailure {
  readonly subscriber: Subscriber;
  readonly error: unknown;
}

/** Writes a whole batch to those of its subscribers that get nothing else. */
export function writeBatch(
  batch: Batch,
  now: number,
  counts: FanoutCounts,
  failures: WriteFailure[],
): void {
  const { messages, firstSeq } = batch;
  const bytes = batch.encoded!;
  for (const subscriber of batch.subscribers) {
    if (subscriber.isException) continue;
    const { outbox } = subscriber;
    try {
      if (outbox.admit(now)) {
        outbox.write(bytes);
        counts.deliveries += messages;
      } else {
        outbox.skip(firstSeq, firstSeq + messages - 1, batch.hasNotices);
        counts.skipped += messages;
      }
    } catch (error) {
      failures.push({ subscriber, error });
    }
  }
}

/** Writes the pieces of a subscriber; their batches have to be encoded. */
export function writePieces(
  { pieces, outbox, format }: Subscriber,
  now: number,
  counts: FanoutCounts,
): void {
  if (!outbox.admit(now)) {
    for (const piece of pieces) {
      if (typeof piece === "string") outbox.write(format.toBuffer(piece), piece.length);
      else {
        const { batch, messagesFrom, messagesTo } = piece;
        const first = batch.firstSeq + messagesFrom;
        outbox.skip(first, batch.firstSeq + messagesTo - 1, batch.hasNotices);
        counts.skipped += messagesTo - messagesFrom;
      }
    }
    return;
  }
  let answerBytes = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") answerBytes += piece.length;
    else counts.deliveries += piece.messagesTo - piece.messagesFrom;
  }
  outbox.write(joinPieces(pieces, format), answerBytes);
}

function joinPieces(pieces: readonly (ByteString | Range)[], format: Encoder): Buffer {
  const [only] = pieces;
  if (only === undefined) return Buffer.alloc(0);
  if (pieces.length === 1) return pieceBuffer(only, format);
  return Buffer.concat(pieces.map((piece) => pieceBuffer(piece, format)));
}

function pieceBuffer(piece: ByteString | Range, format: Encoder): Buffer {
  return typeof piece === "string"
    ? format.toBuffer(piece)
    : piece.batch.encoded!.subarray(piece.from, piece.to);
}
