import {
  INPUT_BYTES_PER_TOKEN,
  OUTPUT_BYTES_PER_TOKEN,
  type TokenBucket,
} from "../scheduling/token_bucket.ts";

/** Minimum size in bytes of answers that cost tokens by their size; smaller ones are paid for by the token
 * of their request. */
const LARGE_ANSWER_BYTES = 1024;

/** Received bytes per token that become no line or frame: telnet commands, the rest of a line over the limit.
 * Without a cost a client could send gigabytes of them, and keep a core busy. */
const SKIPPED_BYTES_PER_TOKEN = 65_536;

/** Maximum number of lines and frames of a closed connection that are handled, with a rate limit. */
const INPUTS_AFTER_CLOSE = 40;

/** The limit of one client's requests: by tokens while it is connected, then by number. */
export class InputBudget {
  /** Tokens of the last line or frame. */
  #lastCost = 0;
  /** Received bytes that are neither handled lines and frames nor charged yet. */
  #skippedBytes = 0;
  /** Remaining number of lines and frames; absent while the client is connected. */
  #inputsLeft: number | undefined;

  /**
   * @param bucket absent without a rate limit.
   * @param monotonic monotonic milliseconds.
   */
  constructor(
    private bucket: TokenBucket | undefined,
    private readonly monotonic: () => number,
  ) {}

  /** Whether no further input is handled: the connection is closed, and its number is used up. */
  get isUsedUp(): boolean {
    return this.#inputsLeft === 0;
  }

  /** Whether the client has sent few requests recently; false without a rate limit. */
  get isNearlyFull(): boolean {
    return this.bucket?.isNearlyFull(this.monotonic()) === true;
  }

  /** Milliseconds until the next input may be handled. */
  get throttledFor(): number {
    if (this.#inputsLeft !== undefined) return 0;
    return this.bucket?.wait(this.monotonic()) ?? 0;
  }

  /**
   * Charges earlier bytes that became no line or frame.
   *
   * @param bytes number of bytes that were received now.
   * @param waiting number of bytes that may still become lines and frames.
   * @returns whether tokens were charged.
   */
  payReceived(bytes: number, waiting: number): boolean {
    this.#skippedBytes += bytes;
    const tokens = Math.floor((this.#skippedBytes - waiting) / SKIPPED_BYTES_PER_TOKEN);
    if (tokens < 1) return false;
    this.#skippedBytes -= tokens * SKIPPED_BYTES_PER_TOKEN;
    this.charge(tokens);
    return true;
  }

  /** Charges a line or frame of this size. */
  payInput(bytes: number): void {
    this.#skippedBytes -= bytes;
    if (this.#inputsLeft !== undefined) this.#inputsLeft--;
    this.#lastCost = 1 + Math.floor(bytes / INPUT_BYTES_PER_TOKEN);
    this.charge(this.#lastCost);
  }

  /** Charges a large answer. */
  payAnswer(bytes: number): void {
    if (bytes >= LARGE_ANSWER_BYTES) this.charge(bytes / OUTPUT_BYTES_PER_TOKEN);
  }

  charge(tokens: number): void {
    this.bucket?.take(this.monotonic(), tokens);
  }

  /** Refunds the tokens of the last line or frame. */
  refundInput(): void {
    this.bucket?.refund(this.#lastCost);
  }

  /** Continues with the tokens of the member's last connection, debt included; a member without any gets
   * those of this one. */
  shareWith(member: { bucket: TokenBucket | undefined }): void {
    if (member.bucket === undefined) member.bucket = this.bucket;
    else this.bucket = member.bucket;
  }

  /** Starts to limit by number: the connection is closed. */
  closed(): void {
    this.#inputsLeft = this.bucket === undefined ? Infinity : INPUTS_AFTER_CLOSE;
  }
}
