import type { ByteString } from "./byte_string.ts";
import { type DecodedLine, TOO_LONG } from "./line_decoder.ts";

/** Overhead of a waiting message in bytes: an empty one takes memory as well. */
const MESSAGE_OVERHEAD_BYTES = 16;

/** Number of empty slots up to which the queue is not compacted: most queues are shorter. */
const MIN_COMPACTED = 64;

/**
 * Queues messages that arrive complete, as over WebSocket, so that they can be pulled like lines.
 *
 * 1. Messages are neither split nor joined.
 * 2. A message over the limit is dropped, and {@link TOO_LONG} takes its place.
 * 3. Pulling a message takes constant time, on average.
 * 4. A pulled message is released at once, and its slot soon after, however many messages still wait.
 */
export class MessageQueue {
  #messages: (ByteString | typeof TOO_LONG | undefined)[] = [];
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
    this.#messages[this.#position++] = undefined;
    const { length } = this.#messages;
    if (
      this.#position === length ||
      (this.#position >= MIN_COMPACTED && this.#position * 2 >= length)
    ) {
      this.#messages = this.#messages.slice(this.#position);
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
