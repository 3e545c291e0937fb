import type { ByteString } from "./byte_string.ts";
import { counted } from "./text.ts";

/** The boundaries of messages in a piece of a stream. */
export interface Boundaries {
  /** Bytes at the start that belong to an earlier message. */
  readonly continued: number;
  /** Whether that message ends here. */
  readonly isContinuedEnded: boolean;
  /** Number of complete messages. */
  readonly whole: number;
  /** Bytes at the end that belong to an incomplete message. */
  readonly begun: number;
}

/** How a stream is split into messages; `none` if that is not visible from outside. */
export type Framing = "lines" | "length" | "none";

/** Bytes of a length prefix, the most significant first. */
const PREFIX_BYTES = 4;

/** First bytes of TLS: an alert, a handshake (RFC 8446, section 5.1). */
const TLS_RECORDS = "\x15\x16";

/** The start of HTTP, on either side. */
const HTTP = /^(HTTP\/|(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) )/;

/**
 * Counts the messages in a stream without storing it: lines, or length-prefixed frames.
 *
 * By default it detects the framing by the first bytes, as the server does: 0x00 begins a length, 0x15
 * and 0x16 a TLS record, and HTTP has its methods.
 */
export class MessageBoundaries {
  #framing: Framing | undefined;
  #isInside = false;
  /** Number of bytes of the length read so far, and their value. */
  #prefixBytes = 0;
  #length = 0;

  /**
   * Starts between two messages.
   *
   * @param framing default: detected by the first bytes.
   */
  constructor(framing?: Framing) {
    this.#framing = framing;
  }

  /** Counts in the next bytes; `undefined` for the framing `none`. */
  push(bytes: ByteString): Boundaries | undefined {
    if (bytes !== "") this.#framing ??= framingOf(bytes);
    if (this.#framing === "none") return undefined;
    let position = 0;
    let continued = 0;
    let whole = 0;
    let begun = 0;
    let isContinuedEnded = false;
    while (position < bytes.length) {
      const end = this.#framing === "length"
        ? this.#frameEnd(bytes, position)
        : lineEnd(bytes, position);
      const length = (end ?? bytes.length) - position;
      if (this.#isInside) {
        continued = length;
        isContinuedEnded = end !== undefined;
      } else if (end === undefined) begun = length;
      else whole++;
      this.#isInside = end === undefined;
      position += length;
    }
    return { continued, isContinuedEnded, whole, begun };
  }

  #frameEnd(bytes: ByteString, position: number): number | undefined {
    while (this.#prefixBytes < PREFIX_BYTES) {
      if (position === bytes.length) return undefined;
      this.#length = this.#length * 256 + bytes.charCodeAt(position++);
      this.#prefixBytes++;
    }
    const taken = Math.min(this.#length, bytes.length - position);
    this.#length -= taken;
    if (this.#length > 0) return undefined;
    this.#prefixBytes = 0;
    return position + taken;
  }
}

function lineEnd(bytes: ByteString, position: number): number | undefined {
  const end = bytes.indexOf("\n", position);
  return end < 0 ? undefined : end + 1;
}

function framingOf(bytes: ByteString): Framing {
  if (bytes.startsWith("\x00")) return "length";
  return TLS_RECORDS.includes(bytes.charAt(0)) || HTTP.test(bytes) ? "none" : "lines";
}

/** `2 messages + 5 bytes of a third`. */
export function describeBoundaries(
  { continued, isContinuedEnded, whole, begun }: Boundaries,
): string {
  if (continued > 0 && !isContinuedEnded) return `${bytesText(continued, " more")} of a message`;
  const parts: string[] = [];
  if (continued > 0) parts.push(`the last ${bytesText(continued)} of a message`);
  if (whole > 0) parts.push(counted(whole, "message"));
  const before = whole + (continued > 0 ? 1 : 0);
  if (begun > 0) {
    parts.push(`${bytesText(begun)} of ${before === 0 ? "a message" : ordinal(before + 1)}`);
  }
  return parts.join(" + ");
}

/** `1 byte`, `5 bytes`. */
export function bytesText(count: number, more = ""): string {
  return `${count}${more} ${count === 1 ? "byte" : "bytes"}`;
}

const ORDINALS = ["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];

function ordinal(number: number): string {
  const word = ORDINALS[number - 2];
  return word === undefined ? "another" : word === "eighth" ? `an ${word}` : `a ${word}`;
}
