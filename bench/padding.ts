import { type ByteString, fromBytes } from "../protocol/byte_string.ts";
import { seededRandom } from "./random.ts";

/** How many different paddings the messages of a run have, at most. A power of two. */
const MAX_PADDINGS = 1024;

/** Most bytes of all of them, of one thread. */
const MAX_BYTES = 1_048_576;

/** Letters and digits pass every server and every JSON encoder unchanged. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * Makes the paddings of a run: random, and the same ones for the same run in every thread.
 *
 * A message's padding is chosen by its sender and its number, so messages that follow each other
 * differ in nearly every byte. There are few enough to be kept: a delivery is compared with one that
 * is there already.
 *
 * @param length of each, in bytes.
 * @returns as many as a power of two.
 */
export function paddings(runId: string, length: number): readonly ByteString[] {
  const random = seededRandom(Number.parseInt(runId, 36));
  let count = MAX_PADDINGS;
  while (count * length > MAX_BYTES) count /= 2;
  return Array.from({ length: count }, () => {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) {
      bytes[index] = ALPHABET.charCodeAt(Math.floor(random() * ALPHABET.length));
    }
    return fromBytes(bytes);
  });
}
