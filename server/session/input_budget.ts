import {
  INPUT_BYTES_PER_TOKEN,
  OUTPUT_BYTES_PER_TOKEN,
  type TokenBucket,
} from "../scheduling/token_bucket.ts";

/** Answers from this size on, in bytes, cost tokens by their size; smaller ones are paid for by the
 * token of their question. */
const LARGE_ANSWER_BYTES = 1024;

/** Lines and frames of a client that is gone which are handled without a limit on the rate. */
const INPUTS_AFTER_CLOSE = 40;

/** What one client may ask of the server: by tokens while it is connected, by number afterwards. */
export class InputBudget {
  /** Tokens that the last line or frame cost. */
  #lastCost = 0;
  /** Lines and frames that are still handled; absent while the client is connected. */
  #inputsLeft: number | undefined;

  /**
   * @param bucket absent where the rate is not limited.
   * @param monotonic monotonic milliseconds.
   */
  constructor(
    private bucket: TokenBucket | undefined,
    private readonly monotonic: () => number,
  ) {}

  /** Whether the client is gone. */
  get isGone(): boolean {
    return this.#inputsLeft !== undefined;
  }

  /** Whether no further input is handled: the client is gone, and has used up its number. */
  get isUsedUp(): boolean {
    return this.#inputsLeft === 0;
  }

  /** Whether the client has asked for little lately; false without a limit on the rate. */
  get isNearlyFull(): boolean {
    return this.bucket?.isNearlyFull(this.monotonic()) === true;
  }

  /** Milliseconds until the next input may be handled. */
  get throttledFor(): number {
    if (this.#inputsLeft !== undefined) return 0;
    return this.bucket?.wait(this.monotonic()) ?? 0;
  }

  /** Pays for a line or frame of that many bytes. */
  payInput(bytes: number): void {
    if (this.#inputsLeft !== undefined) this.#inputsLeft--;
    this.#lastCost = 1 + Math.floor(bytes / INPUT_BYTES_PER_TOKEN);
    this.charge(this.#lastCost);
  }

  /** Pays for an answer of that many bytes, where it is large. */
  payAnswer(bytes: number): void {
    if (bytes >= LARGE_ANSWER_BYTES) this.charge(bytes / OUTPUT_BYTES_PER_TOKEN);
  }

  /** Takes tokens. */
  charge(tokens: number): void {
    this.bucket?.take(this.monotonic(), tokens);
  }

  /** Returns the tokens of the last line or frame. */
  refundInput(): void {
    this.bucket?.refund(this.#lastCost);
  }

  /** From here on the client has the tokens of the member's last connection, debt included; the member
   * keeps those of this one where there were none. */
  shareWith(member: { bucket: TokenBucket | undefined }): void {
    if (member.bucket === undefined) member.bucket = this.bucket;
    else this.bucket = member.bucket;
  }

  /** The client is gone. */
  disconnected(): void {
    this.#inputsLeft = this.bucket === undefined ? Infinity : INPUTS_AFTER_CLOSE;
  }
}
