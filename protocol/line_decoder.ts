import { type ByteString, detached } from "./byte_string.ts";

/** Returned by a decoder in place of a line or frame over the limit. */
export const TOO_LONG = Symbol("too long");

/** A line, {@link TOO_LONG} in place of one, or `undefined` if the next chunk is needed. */
export type DecodedLine = ByteString | typeof TOO_LONG | undefined;

/**
 * Splits a stream of bytes into lines.
 *
 * 1. A line ends with LF, or with the stream; a CR before that is part of the end, not of the line.
 * 2. No byte is read twice, whatever the chunks are.
 * 3. A line over the limit takes no more memory than the limit: it is dropped while it arrives and
 *    reported once as {@link TOO_LONG}; the next line follows after its end.
 * 4. Lines are pulled: the caller can stop in the middle of a chunk and continue later.
 */
export class LineDecoder {
  /** The start of the incomplete line. It is never searched again. */
  #head: ByteString = "";
  #chunk: ByteString = "";
  #position = 0;
  #discarding = false;

  /**
   * Starts empty.
   *
   * @param limit maximum length of a line in bytes, without its end.
   */
  constructor(private readonly limit: number) {}

  /** Bytes that wait in the decoder. */
  get buffered(): number {
    return this.#head.length + this.#chunk.length - this.#position;
  }

  /** The start of the incomplete last line; "" while complete lines wait, and while a line over the
   * limit is dropped. */
  get unfinished(): ByteString {
    return this.#chunk === "" ? this.#head : "";
  }

  /** Adds the next bytes of the stream. */
  push(chunk: ByteString): void {
    this.#chunk = this.#position < this.#chunk.length
      ? this.#chunk.slice(this.#position) + chunk
      : chunk;
    this.#position = 0;
  }

  /** The next line, if it is complete. */
  next(): DecodedLine {
    const end = this.#chunk.indexOf("\n", this.#position);
    if (end < 0) return this.#keepHead();
    let line = this.#chunk.slice(this.#position, end);
    this.#position = end + 1;
    if (this.#discarding) {
      this.#discarding = false;
      return this.next();
    }
    if (this.#head !== "") {
      line = this.#head + line;
      this.#head = "";
    }
    if (line.charCodeAt(line.length - 1) === 13) line = line.slice(0, -1);
    return line.length > this.limit ? TOO_LONG : line;
  }

  /** The incomplete line at the end of the stream, if any. */
  finish(): DecodedLine {
    let rest = this.#head;
    this.#head = "";
    if (rest === "") return undefined;
    if (rest.endsWith("\r")) rest = rest.slice(0, -1);
    return rest.length > this.limit ? TOO_LONG : rest;
  }

  #keepHead(): DecodedLine {
    const rest = this.#chunk.slice(this.#position);
    this.#chunk = "";
    this.#position = 0;
    if (rest === "" || this.#discarding) return undefined;
    // One byte over the limit may be the CR of a line at the limit.
    if (this.#head.length + rest.length > this.limit + 1) {
      this.#head = "";
      this.#discarding = true;
      return TOO_LONG;
    }
    this.#head += detached(rest);
    return undefined;
  }
}
