import { type ByteString, PROMPT_MILLISECONDS, RECORD_SEPARATOR } from "../../protocol/mod.ts";
import { PROXY_V1_START, PROXY_V2_SIGNATURE } from "./proxy/proxy_header.ts";

/** The protocol of a client, by its first bytes. */
export type Protocol = "text" | "json" | "length" | "http" | "tls" | "proxy";

/** Silence after which a client counts as a person who waits for a prompt. */
export const DETECTION_MILLISECONDS = PROMPT_MILLISECONDS;

/** Protocols that one byte shows. */
const BY_FIRST_BYTE: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  // Every JSON object starts so.
  ["{", "json"],
  // The same, from a program that wants the server to introduce itself first.
  [RECORD_SEPARATOR, "json"],
  // The first byte of the length of any frame that is short enough to be taken.
  ["\x00", "length"],
  // A handshake record (RFC 8446, section 5.1), which is what every TLS client begins with.
  ["\x16", "tls"],
]);

/** Whether the first bytes are those of a program that speaks JSON lines. */
export function isJsonStart(bytes: ByteString): boolean {
  return BY_FIRST_BYTE.get(bytes.charAt(0)) === "json";
}

/** The methods of HTTP (RFC 9110, section 9, and RFC 5789), with the space behind them: no user can
 * have such a name, since names have no spaces. */
const HTTP_METHODS = [
  "GET ",
  "HEAD ",
  "POST ",
  "PUT ",
  "DELETE ",
  "OPTIONS ",
  "PATCH ",
  "CONNECT ",
  "TRACE ",
];

/** Protocols that several bytes show. */
const BY_START: readonly (readonly [start: ByteString, protocol: Protocol])[] = [
  ...HTTP_METHODS.map((method) => [method, "http"] as const),
  [PROXY_V1_START, "proxy"],
  [PROXY_V2_SIGNATURE, "proxy"],
];
const LONGEST_START = Math.max(...BY_START.map(([start]) => start.length));

/**
 * Finds out the protocol of a client by its first bytes, however they were cut.
 *
 * 1. One byte is enough for `{`, 0x1E, 0x00 and 0x16.
 * 2. What may become the method of an HTTP request, or a PROXY header, is undecided until it has or
 *    has not.
 * 3. Anything else is text, and so is what is still undecided when nothing more comes.
 */
export class Detector {
  #head: ByteString = "";

  /** Takes the next bytes. @returns the protocol; `undefined` while it is not known. */
  push(bytes: ByteString): Protocol | undefined {
    const head = this.#head += bytes.slice(0, LONGEST_START - this.#head.length);
    const known = BY_FIRST_BYTE.get(head.charAt(0));
    if (known !== undefined) return known;
    const found = BY_START.find(([start]) => head.startsWith(start));
    if (found !== undefined) return found[1];
    return BY_START.some(([start]) => start.startsWith(head)) ? undefined : "text";
  }

  /** Whether what has come so far may become a PROXY header. */
  get mayBecomeProxy(): boolean {
    return this.#head !== "" &&
      [PROXY_V1_START, PROXY_V2_SIGNATURE].some((start) => start.startsWith(this.#head));
  }
}
