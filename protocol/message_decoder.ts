import type { ByteString } from "./byte_string.ts";
import { type DecodedLine, TOO_LONG } from "./line_decoder.ts";

/**
 * Takes whole messages, for a transport that has cut the stream already (WebSocket), and gives them
 * one at a time like the decoders of streams.
 */
export class MessageDecoder {
  #messages: ByteString[] = [];
  #position = 0;
  #buffered = 0;

  /** @param limit longest message in bytes. */
  constructor(private readonly limit: number) {}

  /** Bytes that wait in the decoder. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Adds one message. */
  push(message: ByteString): void {
    this.#messages.push(message);
    this.#buffered += message.length;
  }

  /** The next message. */
  next(): DecodedLine {
    const message = this.#messages[this.#position];
    if (message === undefined) return undefined;
    this.#buffered -= message.length;
    this.#position++;
    if (this.#position === this.#messages.length) {
      this.#messages = [];
      this.#position = 0;
    }
    return message.length > this.limit ? TOO_LONG : message;
  }

  /** There are no half messages. */
  finish(): DecodedLine {
    return undefined;
  }
}
