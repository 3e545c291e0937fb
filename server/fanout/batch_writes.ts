/**
 * What subscribers get at the end of a turn: a whole batch, their own pieces, or the kept frames of what is
 * skipped for them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ByteString } from "../../protocol/mod.ts";
import type { Batch, BatchPart, Subscriber } from "./audience.ts";
import type { Encoder } from "./encoder.ts";
import { withoutSkipped } from "./kept_frames.ts";
import type { Outbox } from "./outbox.ts";

/** The counters of a fan-out. */
export interface FanoutCounts {
  messages: number;
  /** Messages passed to the outbox of a subscriber. */
  deliveries: number;
  /** Messages skipped for a subscriber that is behind. */
  skipped: number;
  /** Frames of other clients dropped for a subscriber that is behind. */
  droppedNotices: number;
}

/** An error of one subscriber, which ends that one only. */
export interface WriteFailure {
  readonly subscriber: Subscriber;
  readonly error: unknown;
}

/** Writes a batch to its subscribers, except the exceptions; with others, if it is the last of them. */
export function writeBatch(
  batch: Batch,
  now: number,
  counts: FanoutCounts,
  failures: WriteFailure[],
): void {
  for (const subscriber of batch.subscribers) {
    if (subscriber.isException) continue;
    const { outbox, shared } = subscriber;
    if (shared !== undefined && shared.last !== batch) continue;
    subscriber.shared = undefined;
    try {
      if (outbox.admit(now)) {
        outbox.write(shared?.bytes ?? batch.encoded!);
        counts.deliveries += (shared ?? batch).messages;
      } else skipBatches(shared?.batches ?? [batch], outbox, counts);
    } catch (error) {
      failures.push({ subscriber, error });
    }
  }
}

/** Writes only the kept frames of batches of one format to a subscriber that is behind. */
function skipBatches(batches: readonly Batch[], outbox: Outbox, counts: FanoutCounts): void {
  for (const { room, messages, firstSeq, hasNotices } of batches) {
    outbox.skip(room, firstSeq, firstSeq + messages - 1, hasNotices);
    counts.skipped += messages;
  }
  if (batches.every(({ kept }) => kept.length === 0)) return;
  const whole = batches.map((batch) => ({ batch, from: 0, to: batch.encoded!.length }));
  outbox.write(joinPieces(withoutSkipped(whole, outbox), batches[0]!.format));
}

/** Writes the pieces of a subscriber; of those of its room, if they must be skipped, only kept frames. Their
 * batches must be encoded. */
export function writePieces(subscriber: Subscriber, now: number, counts: FanoutCounts): void {
  const { pieces, outbox, format, directBytes, answerBytes, isEnding } = subscriber;
  const isAdmitted = outbox.admit(now);
  for (const piece of pieces) {
    if (typeof piece === "string") continue;
    const { batch, messagesFrom, messagesTo } = piece;
    const { room, firstSeq, hasNotices } = batch;
    if (isAdmitted) counts.deliveries += messagesTo - messagesFrom;
    else {
      outbox.skip(room, firstSeq + messagesFrom, firstSeq + messagesTo - 1, hasNotices);
      counts.skipped += messagesTo - messagesFrom;
    }
  }
  const written = isAdmitted ? pieces : withoutSkipped(pieces, outbox, directBytes);
  outbox.write(joinPieces(written, format), answerBytes, isEnding);
}

function joinPieces(pieces: readonly (ByteString | BatchPart)[], format: Encoder): Buffer {
  const [only] = pieces;
  if (only === undefined) return Buffer.alloc(0);
  if (pieces.length === 1) return pieceBuffer(only, format);
  return Buffer.concat(pieces.map((piece) => pieceBuffer(piece, format)));
}

function pieceBuffer(piece: ByteString | BatchPart, format: Encoder): Buffer {
  return typeof piece === "string"
    ? format.toBuffer(piece)
    : piece.batch.encoded!.subarray(piece.from, piece.to);
}
