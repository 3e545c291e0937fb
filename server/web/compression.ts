import type { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import type { WebAnswer } from "./web_answer.ts";

/** The body of an answer, perhaps compressed. */
export interface EncodedBody {
  readonly body: string | Buffer;
  /** Headers of the encoding, and `Content-Length` if it has changed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Maximum number of cached compressed texts: the page at the addresses in use. */
const MAX_CACHED_TEXTS = 16;

/** Compresses the body of an answer if the answer and the client allow it. */
export class Compression {
  readonly #cached = new Map<string, Buffer>();
  readonly #fixed: ReadonlyMap<string, Buffer>;

  /** @param fixed texts that never change: they are compressed at once (2 ms for the page's script). */
  constructor(fixed: readonly string[] = []) {
    this.#fixed = new Map(fixed.map((text) => [text, gzip(text)]));
  }

  /** @param acceptEncoding the header `Accept-Encoding`. */
  encode({ body, isCompressible }: WebAnswer, acceptEncoding: string | undefined): EncodedBody {
    if (isCompressible !== true) return { body, headers: {} };
    const vary = { "Vary": "Accept-Encoding" };
    if (!acceptsGzip(acceptEncoding)) return { body, headers: vary };
    const bytes = this.#gzip(body);
    const length = { "Content-Length": String(bytes.length) };
    return { body: bytes, headers: { ...vary, "Content-Encoding": "gzip", ...length } };
  }

  #gzip(text: string): Buffer {
    const known = this.#fixed.get(text) ?? this.#cached.get(text);
    if (known !== undefined) return known;
    const bytes = gzip(text);
    // Requests with ever new host names must not fill the memory.
    if (this.#cached.size >= MAX_CACHED_TEXTS) this.#cached.clear();
    this.#cached.set(text, bytes);
    return bytes;
  }
}

function gzip(text: string): Buffer {
  return gzipSync(text, { level: 9 });
}

/** Parses `Accept-Encoding` (RFC 9110, section 12.5.3). */
function acceptsGzip(header = ""): boolean {
  return header.toLowerCase().split(",").some((coding) => {
    const [name, ...parameters] = coding.split(";").map((part) => part.trim());
    return name === "gzip" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
