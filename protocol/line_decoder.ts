import { type ByteString, detached } from "./byte_string.ts";

/** Returned by a decoder in place of a line or frame that was over the limit and is left out. */
export const TOO_LONG = Symbol("too long");

/** A line, {@link TOO_LONG} in place of one, or `undefined`: the next chunk is needed first. */
export type DecodedLine = ByteString | typeof TOO_LONG | undefined;

/**
 * Cuts a stream of bytes into lines.
 *
 * 1. A line ends with LF, or with the stream; a CR before that is part of the end, not of the line.
 * 2. No byte is looked at twice, however the stream is cut into chunks.
 * 3. A line over the limit costs no more memory than the limit: it is dropped as it comes in, told
 *    once as {@link TOO_LONG}, and the stream goes on after its end.
 * 4. Lines are pulled: who takes one at a time can stop in the middle of a chunk and go on later.
 */
export class LineDecoder {
  /** The start of a line whose end has not come yet. Joined, never searched again. */
  #head: ByteString = "";
  #chunk: ByteString = "";
  #position = 0;
  #discarding = false;

  /**
   * Starts empty.
   *
   * @param limit longest line in bytes, without its end.
   */
  constructor(private readonly limit: number) {}

  /** Bytes that wait in the decoder. */
  get buffered(): number {
    return this.#head.length + this.#chunk.length - this.#position;
  }

  /** The beginning of the last line, whose end is missing; "" while lines before it are not pulled yet,
   * and while a line over the limit is dropped. */
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

  /** The next line, if all of it is there. */
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

  /** The unfinished line at the end of the stream, and nothing where there is none. */
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
    // One byte over the limit may be the CR of a line that is just as long as it may be.
    if (this.#head.length + rest.length > this.limit + 1) {
      this.#head = "";
      this.#discarding = true;
      return TOO_LONG;
    }
    this.#head += detached(rest);
    return undefined;
  }
}
