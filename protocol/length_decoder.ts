import { type ByteString, detached } from "./byte_string.ts";
import { type DecodedLine, TOO_LONG } from "./line_decoder.ts";

/** Bytes of a length prefix. */
const PREFIX_BYTES = 4;

/**
 * Cuts a stream of length-prefixed frames into frames: four bytes of length, the most significant
 * first, then that many bytes.
 *
 * 1. No byte is looked at twice, however the stream is cut into chunks.
 * 2. A declared length over the limit is refused before anything is buffered. What follows cannot
 *    be told from the next prefix, so the stream is at its end: every later call says so again.
 * 3. Frames are pulled, one at a time.
 */
export class LengthDecoder {
  /** What came of the prefix or frame that is being read, where a chunk ended inside it. */
  #head: ByteString = "";
  #chunk: ByteString = "";
  #position = 0;
  /** Length of the frame being read, once its prefix was read. */
  #length: number | undefined;
  #refused = false;

  /**
   * Starts empty.
   *
   * @param limit longest frame in bytes, without its prefix.
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

  /** The next frame, if all of it is there. */
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

  /** Half a frame at the end of the stream is nothing. */
  finish(): DecodedLine {
    this.#head = "";
    return undefined;
  }

  /** The next `count` bytes, once all of them are there. */
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

/** The prefix for a frame of so many bytes. */
export function lengthPrefix(length: number): ByteString {
  return String.fromCharCode(
    (length >>> 24) & 0xff,
    (length >>> 16) & 0xff,
    (length >>> 8) & 0xff,
    length & 0xff,
  );
}
