import type { ByteString } from "./byte_string.ts";
import { type DecodedLine, TOO_LONG } from "./line_decoder.ts";

/** Overhead of a waiting message in bytes: an empty one takes memory as well. */
const MESSAGE_OVERHEAD_BYTES = 16;

/**
 * Queues messages that arrive complete, as over WebSocket, so that they can be pulled like lines.
 *
 * 1. Messages are neither split nor joined.
 * 2. A message over the limit is dropped, and {@link TOO_LONG} takes its place.
 * 3. Pulling a message takes constant time.
 */
export class MessageQueue {
  #messages: (ByteString | typeof TOO_LONG)[] = [];
  /** Index of the next message. */
  #position = 0;
  #buffered = 0;

  /**
   * Starts empty.
   *
   * @param limit maximum length of a message in bytes.
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

  /** The next message, if any. */
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

  /** Returns nothing: messages are complete. */
  finish(): DecodedLine {
    return undefined;
  }
}

function costOf(message: ByteString | typeof TOO_LONG): number {
  return MESSAGE_OVERHEAD_BYTES + (message === TOO_LONG ? 0 : message.length);
}
