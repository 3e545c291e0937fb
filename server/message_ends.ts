import { type ByteString, RECORD_SEPARATOR } from "../protocol/mod.ts";

/** Silence that ends a message without a line feed, in milliseconds. */
export const MESSAGE_END_MILLISECONDS = 100;

/** Bytes of the smallest full TCP segment in use: IPv6 over 1280 bytes, with time stamps. A read of
 * less shows the end of what the sender wrote at once. */
const FULL_SEGMENT_BYTES = 1208;

/** Bytes of the longest sequence that one key sends, such as Ctrl+Shift+F12 (xterm). */
const MAX_KEY_BYTES = 8;

/**
 * Finds out where the messages of a client end that sends no line feeds.
 *
 * 1. A client that has sent a line feed sends lines, and so does one that sends a character at a time,
 *    as terminals do: nothing but the line timeout ends its message.
 * 2. The message of any other ends with the first read where that is less than a full segment, else
 *    with a pause: of the line timeout, or of {@link MESSAGE_END_MILLISECONDS} where there is none.
 * 3. With a line timeout, such a pause ends the message of every client.
 */
export class MessageEnds {
  #hasSentLines = false;
  /** Whether every read so far was that of a key. */
  #isTyped = true;
  /** Whether the message that has begun was longer than one short read. */
  #isLong = false;
  #lastAt: number | undefined;

  /**
   * @param monotonic milliseconds of any origin that never go back.
   * @param lineTimeoutMilliseconds 0 for none.
   */
  constructor(
    private readonly monotonic: () => number,
    private readonly lineTimeoutMilliseconds: number,
  ) {}

  /** Takes the bytes of a read. @returns whether they begin another message than those before. */
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

/** Whether a read is what one key of a terminal sends: one character, or an escape sequence. */
export function isOneKey(bytes: ByteString): boolean {
  if (bytes === RECORD_SEPARATOR) return false;
  if (bytes.startsWith("\x1b")) return bytes.length <= MAX_KEY_BYTES;
  const first = bytes.charCodeAt(0);
  const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return bytes.length <= length;
}
