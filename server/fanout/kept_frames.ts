import type { ServerFrame } from "../../protocol/mod.ts";
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
 * The kept frames in a part of a batch that is skipped, as far as the outbox has room for them.
 *
 * @param moreBytes bytes that are not in the outbox yet.
 */
export function keptParts(
  { batch, from, to }: BatchPart,
  outbox: Outbox,
  moreBytes = 0,
): readonly BatchPart[] {
  if (batch.kept.length === 0) return [];
  let bytes = moreBytes;
  return batch.kept.filter((part) => {
    if (part.from < from || part.to > to) return false;
    const length = part.to - part.from;
    if (outbox.isHalfFull(bytes + length)) return false;
    bytes += length;
    return true;
  }).map((part) => ({ batch, ...part }));
}
