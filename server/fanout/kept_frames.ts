import type { ByteString, ServerFrame } from "../../protocol/mod.ts";
import type { BatchPart } from "./audience.ts";
import type { Outbox } from "./outbox.ts";

/** Frames that other clients cause, and that no later frame replaces: without them a client does not know
 * which files it may accept. Skipped messages are in the history, and `users` follows skipped joins,
 * leaves and names. */
const KEPT: ReadonlySet<ServerFrame["type"]> = new Set(["offered", "withdrawn"]);

/** Whether a client gets a frame also while messages are skipped for it, up to half of the hard bound of
 * its outbox. */
export function isKept({ type }: ServerFrame): boolean {
  return KEPT.has(type);
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
    return batch.kept.flatMap(({ from, to }) => {
      const isInside = from >= piece.from && to <= piece.to;
      if (!isInside || outbox.isHalfFull(bytes + to - from)) return [];
      bytes += to - from;
      return { batch, from, to };
    });
  });
}
