import { fromBytes, toBytes } from "../../protocol/byte_string.ts";
import { type PaddingOptions, paddings } from "./padding.ts";

/**
 * The payload of a message of the load tester: a mark that says which message it is, and padding.
 *
 *     ~k3f9aabaaaabxzQ7mfO2xhs0Wd9aLkYbnT4pVzr8GcEuJ3iXoB5tNyKlS1MZ6q;
 *     |  | |  |      padding                                         |
 *     |  | |  sequence number of the sender's message, 7 letters     closing character
 *     |  | index of the sender, 3 letters
 *     |  run id, 4 digits and lower-case letters
 *     opening
 *
 * Every field has a fixed width, so a delivery is found by one search for the opening character and
 * read at fixed distances from it. The run id excludes other users, and other load testers on the same
 * server, from the count. Sender and sequence number choose the padding, so every byte of a payload
 * can be checked; the closing character shows one that was cut short. Numbers are written in base 26,
 * `a` for 0 to `z` for 25: letters pass every server and every JSON encoder unchanged (some escape `<`
 * or `&`), and one is read by a subtraction.
 *
 * @module
 */

/** Characters of a run id: digits and lower-case letters. */
export const RUN_ID_LENGTH = 4;

const RADIX = 26;
const SENDER_LETTERS = 3;
const SEQUENCE_LETTERS = 7;

/** Maximum number of senders that a mark can distinguish: 17,576. */
export const MAX_SENDERS = RADIX ** SENDER_LETTERS;

/** Maximum number of messages of one sender in a run, 8,031,810,176: a million per second for over two
 * hours. */
export const MAX_MESSAGES_PER_SENDER = RADIX ** SEQUENCE_LETTERS;

/** First character of a payload. It occurs nowhere else in one. */
export const OPENING = "~";
const CLOSING = ";";

const CLOSING_CODE = CLOSING.charCodeAt(0);
const ZERO = "a".charCodeAt(0);

/** Shortest payload: the mark and the closing character alone. */
export const MIN_PAYLOAD_BYTES = OPENING.length + RUN_ID_LENGTH + SENDER_LETTERS +
  SEQUENCE_LETTERS + CLOSING.length;

/** Position of the padding in a payload. */
const FIRST_PADDING = MIN_PAYLOAD_BYTES - CLOSING.length;

/** With `sample`, one in this number of payloads is compared byte by byte. A power of two. */
const SAMPLED = 16;

/** Which payloads are compared byte by byte; the others by the mark and the closing character. */
export type Verification = (typeof VERIFICATIONS)[number];

/** All values of {@link Verification}. */
export const VERIFICATIONS = ["all", "sample"] as const;

/** Makes the paddings of senders differ that have sent the same number of messages. */
const SENDER_STRIDE = 131;

/**
 * A new run id.
 *
 * @param random a source of numbers from 0 up to 1, such as `Math.random`.
 */
export function newRunId(random: () => number): string {
  let id = "";
  while (id.length < RUN_ID_LENGTH) id += Math.floor(random() * 36).toString(36);
  return id;
}

/** Another run id, for messages before a run that must not count as part of it. */
export function otherRunId(runId: string): string {
  return (runId[0] === "0" ? "1" : "0") + runId.slice(1);
}

/** How a {@link PayloadCodec} makes and compares payloads. */
export interface PayloadCodecOptions extends PaddingOptions {
  /** Default: all. */
  readonly verify?: Verification;
}

/** Writes and reads the payloads of one run. */
export class PayloadCodec {
  /** The start of every payload of this run. */
  readonly #prefix: string;
  /** The paddings, each with the closing character. */
  readonly #endings: readonly string[];
  readonly #endingsMask: number;
  readonly #run0: number;
  readonly #run1: number;
  readonly #run2: number;
  readonly #run3: number;
  readonly #sampleMask: number;
  #sample = 0;

  /**
   * @param payloadBytes length of every payload.
   * @throws {RangeError} if the run id or the length cannot be used.
   */
  constructor(runId: string, readonly payloadBytes: number, options: PayloadCodecOptions = {}) {
    if (!/^[0-9a-z]+$/.test(runId) || runId.length !== RUN_ID_LENGTH) {
      throw new RangeError(
        `Cannot use the run id "${runId}": it must be ${RUN_ID_LENGTH} digits and lower-case letters`,
      );
    }
    if (!Number.isInteger(payloadBytes) || payloadBytes < MIN_PAYLOAD_BYTES) {
      throw new RangeError(
        `Cannot make payloads of ${payloadBytes} bytes: at least ${MIN_PAYLOAD_BYTES} are needed`,
      );
    }
    this.#prefix = OPENING + runId;
    this.#endings = paddings(runId, payloadBytes - MIN_PAYLOAD_BYTES, options)
      .map((padding) => flat(padding + CLOSING));
    this.#endingsMask = this.#endings.length - 1;
    this.#run0 = runId.charCodeAt(0);
    this.#run1 = runId.charCodeAt(1);
    this.#run2 = runId.charCodeAt(2);
    this.#run3 = runId.charCodeAt(3);
    this.#sampleMask = (options.verify ?? "all") === "all" ? 0 : SAMPLED - 1;
  }

  /** The payload of one message. */
  payload(sender: number, sequence: number): string {
    return this.#prefix + letters(sender, SENDER_LETTERS) + letters(sequence, SEQUENCE_LETTERS) +
      this.#ending(sender, sequence);
  }

  #ending(sender: number, sequence: number): string {
    return this.#endings[(sender * SENDER_STRIDE + sequence) & this.#endingsMask]!;
  }

  // The methods below are written out without loops, which took twice as long per delivery (88 against
  // 47 ns, with the marks in decimal digits).

  /**
   * Whether a payload of this run begins at a position of a stream where the opening character is. See
   * {@link isWhole} for the rest of it.
   */
  standsAt(stream: string, position: number): boolean {
    return stream.charCodeAt(position + 1) === this.#run0 &&
      stream.charCodeAt(position + 2) === this.#run1 &&
      stream.charCodeAt(position + 3) === this.#run2 &&
      stream.charCodeAt(position + 4) === this.#run3;
  }

  /**
   * Whether the payload at that position equals the one that the sender sent under this number, within
   * the compared bytes. The text must have `payloadBytes` from there on.
   *
   * Cutting out and comparing is two native steps. `startsWith` took three times as long, a loop four
   * times (49 bytes: 23, 71 and 97 ns, 2026-11-29).
   */
  isWhole(stream: string, position: number, sender: number, sequence: number): boolean {
    const end = position + this.payloadBytes;
    if ((this.#sample++ & this.#sampleMask) !== 0) {
      return stream.charCodeAt(end - 1) === CLOSING_CODE;
    }
    return stream.slice(position + FIRST_PADDING, end) === this.#ending(sender, sequence);
  }

  /** Index of the sender of the payload at that position. */
  senderAt(stream: string, position: number): number {
    return (stream.charCodeAt(position + 5) - ZERO) * 676 +
      (stream.charCodeAt(position + 6) - ZERO) * 26 +
      (stream.charCodeAt(position + 7) - ZERO);
  }

  /** Sequence number of the payload at that position. */
  sequenceAt(stream: string, position: number): number {
    return (stream.charCodeAt(position + 8) - ZERO) * 308_915_776 +
      (stream.charCodeAt(position + 9) - ZERO) * 11_881_376 +
      (stream.charCodeAt(position + 10) - ZERO) * 456_976 +
      (stream.charCodeAt(position + 11) - ZERO) * 17_576 +
      (stream.charCodeAt(position + 12) - ZERO) * 676 +
      (stream.charCodeAt(position + 13) - ZERO) * 26 +
      (stream.charCodeAt(position + 14) - ZERO);
  }

  /** Whether the end of a stream, from that position on, may be the start of a payload. */
  mayStartAt(stream: string, position: number): boolean {
    return this.#prefix.startsWith(stream.slice(position, position + this.#prefix.length));
  }
}

/** The same string in one piece of memory, which is compared faster than a joined one. */
function flat(text: string): string {
  return fromBytes(toBytes(text));
}

/** A number in base 26, with this number of letters. */
function letters(value: number, count: number): string {
  let text = "";
  let rest = value;
  for (let index = 0; index < count; index++) {
    text = String.fromCharCode(ZERO + rest % RADIX) + text;
    rest = Math.floor(rest / RADIX);
  }
  return text;
}
