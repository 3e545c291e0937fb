import { Buffer } from "node:buffer";
import { MAX_HEADER_BYTES, MAX_HEADERS } from "./request_gate.ts";

/** Maximum size of a head in bytes: the headers, and the longest request line. */
export const MAX_HEAD_BYTES = MAX_HEADER_BYTES + 4096;

const LINE_FEED = 0x0a;

const CARRIAGE_RETURN = 0x0d;

/** The format of a request line (RFC 9112, section 3), roughly; the parser is stricter. */
const REQUEST_LINE = /^[A-Z-]+ [!-~\x80-\xff]+ HTTP\/1\.[01]\r$/;

/**
 * The format of a header, and of a trailer (RFC 9112, section 5), with its line end. Folded lines, blanks
 * before the colon, control characters and a line end of one character are refused: proxies differ about
 * them.
 */
export const HEADER_LINE = /^[!#$%&'*+.^`|~\w-]+:[\t -~\x80-\xff]*\r$/;

/** A complete head of a request, its empty line included. */
export interface RequestHead {
  readonly head: Buffer;
  /** The bytes after it. */
  readonly rest: Buffer;
}

/** The reason of a missing head: bytes that are not HTTP, or too many of them. */
export type HeadFault = "invalid" | "too large";

/**
 * Cuts the head of one request from a stream in any chunks.
 *
 * A parser of HTTP continues after it, with all requests of a chunk at once: 3600 in 64 KiB. Each byte is
 * examined once. One empty line before the head is skipped (RFC 9112, section 2.2).
 */
export class RequestHeadReader {
  #bytes = Buffer.alloc(0);
  #length = 0;
  /** Start of the incomplete line. */
  #line = 0;
  /** Start of the request line. */
  #start = 0;
  #headers = 0;

  /** Whether no byte has come. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Adds the next bytes; `undefined` if more are needed. Not called after a result. */
  push(chunk: Buffer): RequestHead | HeadFault | undefined {
    const from = this.#length;
    const taken = this.#append(chunk);
    for (let at = from; at < this.#length; at++) {
      if (this.#bytes[at] !== LINE_FEED) continue;
      const line = this.#bytes.subarray(this.#line, at);
      const isFirst = this.#line === this.#start;
      const isEmpty = line.length === 1 && line[0] === CARRIAGE_RETURN;
      this.#line = at + 1;
      if (isEmpty && !isFirst) {
        const head = this.#bytes.subarray(this.#start, at + 1);
        return { head, rest: chunk.subarray(at + 1 - from) };
      }
      if (!isFirst && ++this.#headers > MAX_HEADERS) return "too large";
      if (isEmpty && this.#start === 0) this.#start = at + 1;
      else if (!(isFirst ? REQUEST_LINE : HEADER_LINE).test(line.toString("latin1"))) {
        return "invalid";
      }
    }
    return taken < chunk.length || this.#length === MAX_HEAD_BYTES ? "too large" : undefined;
  }

  /** @returns the number of bytes that fit. */
  #append(chunk: Buffer): number {
    const length = Math.min(this.#length + chunk.length, MAX_HEAD_BYTES);
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.min(Math.max(2 * length, 1024), MAX_HEAD_BYTES));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    const taken = chunk.copy(this.#bytes, this.#length, 0, length - this.#length);
    this.#length = length;
    return taken;
  }
}
