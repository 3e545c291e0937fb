import { fromBytes } from "../../protocol/byte_string.ts";
import type { MessageEnds } from "../network/message_ends.ts";

const LF = 10;

/**
 * Puts a prefix before each line of a stream, and before messages without a line feed.
 *
 * 1. The prefix comes with the first byte of a line, so that a message without a line feed is echoed
 *    at once.
 * 2. Nothing is stored: the memory does not depend on the length of a line.
 * 3. The bytes themselves are unchanged.
 */
export class Prefixer {
  #isAtLineStart = true;

  /** @param ends finds the ends of messages without a line feed; by default they have none. */
  constructor(private readonly prefix: Uint8Array, private readonly ends?: MessageEnds) {}

  /** The next bytes, with the prefix before each line that starts in them. */
  push(bytes: Uint8Array): Uint8Array {
    if (this.prefix.length === 0) return bytes;
    if (this.ends?.beginsMessage(fromBytes(bytes)) === true) this.#isAtLineStart = true;
    const starts = this.#lineStarts(bytes);
    const prefixed = new Uint8Array(bytes.length + starts.length * this.prefix.length);
    let written = 0;
    let read = 0;
    for (const start of [...starts, bytes.length]) {
      prefixed.set(bytes.subarray(read, start), written);
      written += start - read;
      read = start;
      if (start === bytes.length) break;
      prefixed.set(this.prefix, written);
      written += this.prefix.length;
    }
    return prefixed;
  }

  #lineStarts(bytes: Uint8Array): number[] {
    const starts: number[] = [];
    let position = 0;
    while (position < bytes.length) {
      if (this.#isAtLineStart) starts.push(position);
      const end = bytes.indexOf(LF, position);
      this.#isAtLineStart = end >= 0;
      if (end < 0) break;
      position = end + 1;
    }
    return starts;
  }
}
