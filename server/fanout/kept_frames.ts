import type { ByteString, ServerFrame } from "../../protocol/mod.ts";
import type { Batch, BatchPart } from "./audience.ts";
import type { Encoder } from "./encoder.ts";
import type { Outbox } from "./outbox.ts";

type Bytes = Batch["kept"][number];

/** Frames that other clients cause, and that no later frame replaces: without them a client does not know
 * which files it may accept. Skipped messages are in the history, and `users` follows skipped joins,
 * leaves and names. */
const KEPT: ReadonlySet<ServerFrame["type"]> = new Set(["offered", "withdrawn"]);

/** The same for IRC clients: a later list of names adds users, and removes none. */
const KEPT_FOR_IRC: ReadonlySet<ServerFrame["type"]> = new Set([
  ...KEPT,
  "joined",
  "left",
  "renamed",
]);

/** Whether a client gets a frame also while messages are skipped for it, up to half of the hard bound of
 * its outbox. */
export function isKept({ type }: ServerFrame, { kind }: Pick<Encoder, "kind">): boolean {
  return (kind === "irc" ? KEPT_FOR_IRC : KEPT).has(type);
}

/**
 * What a subscriber gets of its output if the frames of the room must be skipped: its own bytes, and kept
 * frames, as far as the outbox has room for them.
 *
 * @param moreBytes its own bytes, which are not in the outbox yet.
 */
export function withoutSkipped(
  pieces: readonly (ByteString | BatchPart)[],
  outbox: Outbox,
  moreBytes = 0,
): readonly (ByteString | BatchPart)[] {
  let bytes = moreBytes;
  return pieces.flatMap<ByteString | BatchPart>((piece) => {
    if (typeof piece === "string") return piece;
    const { batch } = piece;
    return keptIn(piece).flatMap(({ from, to }) => {
      if (outbox.isHalfFull(bytes + to - from)) {
        outbox.skipNotice(batch.room);
        return [];
      }
      bytes += to - from;
      return { batch, from, to };
    });
  });
}

/** The kept frames in a part of a batch. */
function keptIn({ batch: { kept }, from, to }: BatchPart): readonly Bytes[] {
  return kept.slice(countUntil(kept, from), countUntil(kept, to));
}

/** The number of frames that begin before a position. */
function countUntil(kept: readonly Bytes[], position: number): number {
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (kept[middle]!.from < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
