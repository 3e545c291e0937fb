import { Buffer } from "node:buffer";
import { MAX_HEADER_BYTES } from "./request_gate.ts";

/** Maximum size of a head in bytes: the headers, and the longest request line. */
export const MAX_HEAD_BYTES = MAX_HEADER_BYTES + 4096;

const LINE_FEED = 0x0a;

/** The format of a request line (RFC 9112, section 3), roughly; the parser is stricter. */
const REQUEST_LINE = /^[A-Z-]+ [^\s]+ HTTP\/1\.\d\r?$/;

/** A complete head of a request, its empty line included. */
export interface RequestHead {
  readonly head: Buffer;
  /** The bytes after it. */
  readonly rest: Buffer;
}

/** The reason of a missing head: bytes that are not HTTP, or too many of them. */
export type HeadFault = "invalid" | "too large";

/**
 * Cuts the head of the first request from a stream in any chunks.
 *
 * A parser of HTTP continues after it, with all requests of a chunk at once: 3600 in 64 KiB. Each byte is
 * examined once.
 */
export class RequestHeadReader {
  #bytes = Buffer.alloc(0);
  #length = 0;
  /** Start of the incomplete line. */
  #line = 0;

  /** Adds the next bytes; `undefined` if more are needed. Not called after a result. */
  push(chunk: Buffer): RequestHead | HeadFault | undefined {
    const from = this.#length;
    const taken = this.#append(chunk);
    for (let at = from; at < this.#length; at++) {
      if (this.#bytes[at] !== LINE_FEED) continue;
      const line = this.#bytes.subarray(this.#line, at);
      const isFirst = this.#line === 0;
      this.#line = at + 1;
      if (isFirst && !REQUEST_LINE.test(line.toString("latin1"))) return "invalid";
      const isEmpty = line.length === 0 || (line.length === 1 && line[0] === 0x0d);
      if (!isEmpty) continue;
      const head = this.#bytes.subarray(0, at + 1);
      return { head, rest: chunk.subarray(at + 1 - from) };
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
