import type { ByteString } from "../../protocol/byte_string.ts";
import { RECORD_SEPARATOR } from "../../protocol/frames.ts";

/** Silence that ends a message without a line feed, in milliseconds. */
export const MESSAGE_END_MILLISECONDS = 100;

/** Bytes of the smallest full TCP segment in use: IPv6 over 1280 bytes, with time stamps. A shorter read
 * contains the end of a write of the sender. */
const FULL_SEGMENT_BYTES = 1208;

/** Bytes of the longest sequence that one key sends, such as Ctrl+Shift+F12 (xterm). */
const MAX_KEY_BYTES = 8;

/**
 * Finds the ends of messages of a client that sends no line feeds.
 *
 * 1. A client that has sent a line feed sends lines, and so does one that sends a character at a time,
 *    as terminals do: only a line feed or the line timeout ends its message.
 * 2. The message of any other client ends with its first read if that is less than a full segment,
 *    else with a pause: the line timeout, or by default {@link MESSAGE_END_MILLISECONDS}.
 * 3. With a line timeout, such a pause ends the message of every client.
 */
export class MessageEnds {
  #hasSentLines = false;
  /** Whether every read so far was one key. */
  #isTyped = true;
  /** Whether the current message is longer than one short read. */
  #isLong = false;
  #lastAt: number | undefined;

  /**
   * @param monotonic milliseconds of a clock that never goes back.
   * @param lineTimeoutMilliseconds 0 for none.
   */
  constructor(
    private readonly monotonic: () => number,
    private readonly lineTimeoutMilliseconds: number,
  ) {}

  /** Examines the bytes of a read. @returns whether a new message begins with them. */
  beginsMessage(bytes: ByteString): boolean {
    const now = this.monotonic();
    const pause = now - (this.#lastAt ?? -Infinity);
    this.#lastAt = now;
    this.#hasSentLines ||= bytes.includes("\n");
    this.#isTyped &&= isOneKey(bytes);
    const isNew = this.#isOver(pause);
    this.#isLong = (!isNew && this.#isLong) || bytes.length >= FULL_SEGMENT_BYTES;
    return isNew;
  }

  #isOver(pause: number): boolean {
    const { lineTimeoutMilliseconds } = this;
    if (lineTimeoutMilliseconds > 0 && pause >= lineTimeoutMilliseconds) return true;
    if (this.#hasSentLines || this.#isTyped) return false;
    return !this.#isLong || pause >= (lineTimeoutMilliseconds || MESSAGE_END_MILLISECONDS);
  }
}

/** Whether a read has the bytes of one key of a terminal: one character, or an escape sequence. */
export function isOneKey(bytes: ByteString): boolean {
  if (bytes === RECORD_SEPARATOR) return false;
  if (bytes.startsWith("\x1b")) return bytes.length <= MAX_KEY_BYTES;
  const first = bytes.charCodeAt(0);
  const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return bytes.length <= length;
}
