import { Buffer } from "node:buffer";
import { HEADER_LINE } from "./request_head.ts";

/** Maximum length of the line with the size of a chunk, and of all lines after the last one, in bytes. */
const MAX_CHUNK_LINE_BYTES = 1024;

/** Maximum number of digits of a size: chunks of up to 4 GiB. */
const SIZE_DIGITS = 8;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const SEMICOLON = 0x3b;
const DELETE = 0x7f;

/** What a decoder has after its last bytes. */
export type ChunkedState = "complete" | "incomplete" | "invalid" | "too large";

/** What comes next: of a line with a size its digits, blanks before the extensions, these, and its end. */
type Part =
  | "size"
  | "blanks"
  | "extensions"
  | "size line feed"
  | "data"
  | "data end"
  | "data line feed"
  | "trailers";

/**
 * Decodes a body of chunks (RFC 9112, section 7.1). Extensions and trailers are checked and skipped.
 *
 * A size is checked before any of its chunk is delivered. The work per byte is the same for chunks of any
 * size: 64 KiB with 10,900 chunks of one byte take 1 ms.
 */
export class ChunkedDecoder {
  /** Bytes of the body so far, and of the chunk that has begun. */
  #length = 0;
  #rest: Buffer = Buffer.alloc(0);
  #state: ChunkedState = "incomplete";
  #part: Part = "size";
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  /** The incomplete line of trailers. */
  #trailer = "";
  /** Bytes of the chunk that are missing. */
  #missing = 0;

  /**
   * @param maxBytes of the body.
   * @param onData receives the body in parts, at most one for each `push`.
   */
  constructor(
    private readonly maxBytes: number,
    private readonly onData: (part: Buffer) => void,
  ) {}

  /** The bytes after a complete body. */
  get rest(): Buffer {
    return this.#rest;
  }

  push(bytes: Buffer): ChunkedState {
    const data = Buffer.allocUnsafe(bytes.length);
    let length = 0;
    let at = 0;
    while (at < bytes.length && this.#state === "incomplete") {
      if (this.#part === "data") {
        const used = Math.min(this.#missing, bytes.length - at);
        if (used === 1) data[length] = bytes[at]!;
        else bytes.copy(data, length, at, at + used);
        length += used;
        at += used;
        this.#missing -= used;
        if (this.#missing === 0) this.#part = "data end";
      } else this.#takeByte(bytes[at++]!);
    }
    this.#rest = bytes.subarray(at);
    if (length > 0) this.onData(data.subarray(0, length));
    return this.#state;
  }

  /** Takes one byte outside of data. */
  #takeByte(byte: number): void {
    if (++this.#lineBytes > MAX_CHUNK_LINE_BYTES) return this.#fail();
    switch (this.#part) {
      case "size":
        return this.#takeSize(byte);
      case "blanks":
        if (byte === SEMICOLON) this.#part = "extensions";
        else if (byte !== SPACE && byte !== TAB) this.#fail();
        return;
      case "extensions":
        if (byte === CARRIAGE_RETURN) this.#part = "size line feed";
        else if ((byte < SPACE && byte !== TAB) || byte === DELETE) this.#fail();
        return;
      case "size line feed":
        return byte === LINE_FEED ? this.#beginChunk() : this.#fail();
      case "data end":
        if (byte === CARRIAGE_RETURN) this.#part = "data line feed";
        else this.#fail();
        return;
      case "data line feed":
        if (byte !== LINE_FEED) return this.#fail();
        this.#part = "size";
        this.#size = this.#digits = this.#lineBytes = 0;
        return;
      default:
        return this.#takeTrailer(byte);
    }
  }

  #takeSize(byte: number): void {
    const digit = digitOf(byte);
    if (digit !== undefined && this.#digits < SIZE_DIGITS) {
      this.#digits++;
      this.#size = 16 * this.#size + digit;
    } else if (this.#digits === 0) this.#fail();
    else if (byte === CARRIAGE_RETURN) this.#part = "size line feed";
    else if (byte === SEMICOLON) this.#part = "extensions";
    else if (byte === SPACE || byte === TAB) this.#part = "blanks";
    else this.#fail();
  }

  #beginChunk(): void {
    if (this.#length + this.#size > this.maxBytes) return void (this.#state = "too large");
    this.#length += this.#size;
    this.#missing = this.#size;
    this.#part = this.#size === 0 ? "trailers" : "data";
    this.#lineBytes = 0;
  }

  #takeTrailer(byte: number): void {
    if (byte !== LINE_FEED) return void (this.#trailer += String.fromCharCode(byte));
    if (this.#trailer === "\r") this.#state = "complete";
    else if (!HEADER_LINE.test(this.#trailer)) this.#fail();
    this.#trailer = "";
  }

  #fail(): void {
    this.#state = "invalid";
  }
}

/** The value of a hexadecimal digit. */
function digitOf(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}
