import type { ByteString } from "./byte_string.ts";
import { type DecodedLine, TOO_LONG } from "./line_decoder.ts";

/** What a waiting message counts beside its bytes: an empty one costs memory, too. */
const MESSAGE_OVERHEAD_BYTES = 16;

/**
 * Queues messages that come in whole, as over WebSocket, so that they can be pulled like lines.
 *
 * 1. A message is never cut and never joined with another.
 * 2. What is over the limit is not kept, and told as {@link TOO_LONG} in its place.
 * 3. Taking a message costs the same however many wait behind it.
 */
export class MessageDecoder {
  #messages: (ByteString | typeof TOO_LONG)[] = [];
  /** Of the next message; those before it were taken. */
  #position = 0;
  #buffered = 0;

  /**
   * Starts empty.
   *
   * @param limit longest message in bytes.
   */
  constructor(private readonly limit: number) {}

  /** Bytes that wait in the decoder, with an overhead for each message. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Adds one message. */
  push(message: ByteString): void {
    const kept = message.length > this.limit ? TOO_LONG : message;
    this.#messages.push(kept);
    this.#buffered += costOf(kept);
  }

  /** The next message, if there is one. */
  next(): DecodedLine {
    const message = this.#messages[this.#position];
    if (message === undefined) return undefined;
    this.#buffered -= costOf(message);
    if (++this.#position === this.#messages.length) {
      this.#messages = [];
      this.#position = 0;
    }
    return message;
  }

  /** A message is whole or it is none: nothing is left at the end. */
  finish(): DecodedLine {
    return undefined;
  }
}

function costOf(message: ByteString | typeof TOO_LONG): number {
  return MESSAGE_OVERHEAD_BYTES + (message === TOO_LONG ? 0 : message.length);
}
