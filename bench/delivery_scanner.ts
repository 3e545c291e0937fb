import { detached } from "../protocol/byte_string.ts";
import { type Mark, OPENING } from "./mark.ts";

/** Who is told of every delivery. */
export interface DeliverySink {
  /**
   * A message has come in.
   *
   * @param receiver index of the connection that got it.
   * @param sender index of the sender, as the payload says; the sink checks it.
   * @param sequence number of the message, as the payload says; the sink checks it.
   */
  deliver(receiver: number, sender: number, sequence: number): void;
}

/**
 * Finds the payloads of a run in the stream of one connection.
 *
 * 1. What stands around a payload (a time, a name, JSON) does not matter, so every profile shares it.
 * 2. Text that is not of this run, or that was cut short, is passed over.
 * 3. No byte is searched twice, however the stream is cut into chunks; at most one payload waits.
 * 4. It makes no object and no string for a delivery: this is the loop that bounds how fast a server
 *    can be measured. Between two payloads it is one native search for a character.
 */
export class DeliveryScanner {
  /** The start of a payload whose rest has not come yet. */
  #head = "";

  constructor(
    private readonly mark: Mark,
    private readonly receiver: number,
    private readonly sink: DeliverySink,
  ) {}

  /** Takes the next bytes of the stream. */
  push(chunk: string): void {
    if (this.#head === "") this.#scan(chunk, 0);
    else this.#finishHead(chunk);
  }

  #finishHead(chunk: string): void {
    const missing = this.mark.payloadBytes - this.#head.length;
    const whole = this.#head + chunk.slice(0, missing);
    if (whole.length < this.mark.payloadBytes) {
      this.#head = whole;
      return;
    }
    this.#head = "";
    if (this.mark.standsAt(whole, 0)) {
      this.#tell(whole, 0);
      this.#scan(chunk, missing);
    } else {
      // It only looked like a payload. A real one may start inside it.
      this.#scan(whole + chunk.slice(missing), OPENING.length);
    }
  }

  #scan(chunk: string, start: number): void {
    const { mark } = this;
    const size = mark.payloadBytes;
    let position = chunk.indexOf(OPENING, start);
    while (position >= 0) {
      if (position + size > chunk.length) {
        if (mark.mayStartAt(chunk, position)) {
          this.#head = detached(chunk.slice(position));
          return;
        }
        position = chunk.indexOf(OPENING, position + 1);
      } else if (mark.standsAt(chunk, position)) {
        this.#tell(chunk, position);
        position = chunk.indexOf(OPENING, position + size);
      } else {
        position = chunk.indexOf(OPENING, position + 1);
      }
    }
  }

  #tell(stream: string, position: number): void {
    const { mark } = this;
    this.sink.deliver(
      this.receiver,
      mark.senderAt(stream, position),
      mark.sequenceAt(stream, position),
    );
  }
}
