import { type ByteString, detached } from "./byte_string.ts";
import { type DecodedLine, TOO_LONG } from "./line_decoder.ts";

const PREFIX_BYTES = 4;

/**
 * Splits a stream into length-prefixed frames: a length of four bytes, the most significant first, then
 * the frame.
 *
 * 1. No byte is read twice, whatever the chunks are.
 * 2. A declared length over the limit is refused before anything is buffered. The next prefix cannot be
 *    found, so the stream ends here: every later call returns {@link TOO_LONG} again.
 * 3. Frames are pulled one at a time.
 */
export class LengthDecoder {
  /** The start of the current prefix or frame, from earlier chunks. */
  #head: ByteString = "";
  #chunk: ByteString = "";
  #position = 0;
  /** Length of the current frame, once its prefix is complete. */
  #length: number | undefined;
  #refused = false;

  /**
   * Starts empty.
   *
   * @param limit maximum length of a frame in bytes, without its prefix.
   */
  constructor(private readonly limit: number) {}

  /** Bytes that wait in the decoder. */
  get buffered(): number {
    return this.#head.length + this.#chunk.length - this.#position;
  }

  /** Adds the next bytes of the stream. */
  push(chunk: ByteString): void {
    if (this.#refused) return;
    this.#chunk = this.#position < this.#chunk.length
      ? this.#chunk.slice(this.#position) + chunk
      : chunk;
    this.#position = 0;
  }

  /** The next frame, if it is complete. */
  next(): DecodedLine {
    if (this.#refused) return TOO_LONG;
    if (this.#length === undefined) {
      const prefix = this.#take(PREFIX_BYTES);
      if (prefix === undefined) return undefined;
      this.#length = readLength(prefix);
      if (this.#length > this.limit) {
        this.#refused = true;
        this.#chunk = "";
        this.#position = 0;
        return TOO_LONG;
      }
    }
    const frame = this.#take(this.#length);
    if (frame !== undefined) this.#length = undefined;
    return frame;
  }

  /** Drops an incomplete frame at the end of the stream. */
  finish(): DecodedLine {
    this.#head = "";
    return undefined;
  }

  /** The next `count` bytes, once all have been received. */
  #take(count: number): ByteString | undefined {
    const missing = count - this.#head.length;
    const available = this.#chunk.length - this.#position;
    if (available < missing) {
      this.#head += detached(this.#chunk.slice(this.#position));
      this.#chunk = "";
      this.#position = 0;
      return undefined;
    }
    const taken = this.#head + this.#chunk.slice(this.#position, this.#position + missing);
    this.#head = "";
    this.#position += missing;
    return taken;
  }
}

function readLength(prefix: ByteString): number {
  return prefix.charCodeAt(0) * 0x1000000 + prefix.charCodeAt(1) * 0x10000 +
    prefix.charCodeAt(2) * 0x100 + prefix.charCodeAt(3);
}

/** The prefix for a frame of this length. */
export function lengthPrefix(length: number): ByteString {
  return String.fromCharCode(
    (length >>> 24) & 0xff,
    (length >>> 16) & 0xff,
    (length >>> 8) & 0xff,
    length & 0xff,
  );
}
