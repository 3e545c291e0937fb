import {
  type ByteString,
  type ClientProtocol,
  type DecodedLine,
  isOpenJson,
  LengthDecoder,
  LineDecoder,
  MAX_FRAME_BYTES,
  MAX_LINE_BYTES,
  MessageQueue,
  type ParsedInput,
  parseJsonFrame,
  parseTextLine,
  type ProtocolError,
  protocolError,
  withoutSeparator,
} from "../../protocol/mod.ts";
import {
  INPUT_BYTES_PER_TOKEN,
  OUTPUT_BYTES_PER_TOKEN,
  type TokenBucket,
} from "../scheduling/token_bucket.ts";

/** A line or frame, or {@link TOO_LONG}. */
export type Input = Exclude<DecodedLine, undefined>;

/** Splits input into lines or frames; see the decoders of the protocol. */
export interface Decoder {
  readonly buffered: number;
  /** See {@link LineDecoder}; absent if no line feed ends a message. */
  readonly unfinished?: ByteString;
  push(chunk: ByteString): void;
  next(): DecodedLine;
  finish(): DecodedLine;
}

export interface InputFormat {
  readonly decoder: Decoder;
  readonly parse: (line: ByteString) => ParsedInput;
  readonly tooLong: ProtocolError;
  /** Whether the stream continues after a line or frame over the limit. */
  readonly resumes: boolean;
  /** Whether the client is a user without a program, who is prompted for a name. */
  readonly isPerson: boolean;
}

export function createInputFormat(protocol: ClientProtocol): InputFormat {
  if (protocol === "text") {
    return {
      decoder: new LineDecoder(MAX_LINE_BYTES),
      parse: parseTextLine,
      tooLong: protocolError("line_too_long"),
      resumes: true,
      isPerson: true,
    };
  }
  return {
    decoder: createFrameDecoder(protocol),
    parse: protocol === "json" ? (line) => parseJsonFrame(withoutSeparator(line)) : parseJsonFrame,
    tooLong: protocolError("frame_too_long"),
    resumes: protocol !== "length",
    isPerson: false,
  };
}

function createFrameDecoder(protocol: Exclude<ClientProtocol, "text">): Decoder {
  switch (protocol) {
    case "json":
      return new LineDecoder(MAX_FRAME_BYTES);
    case "length":
      return new LengthDecoder(MAX_FRAME_BYTES);
    case "websocket":
      return new MessageQueue(MAX_FRAME_BYTES);
  }
}

/** Whether the last line lacks only its end: the text of a user, or JSON that is complete, or that more
 * text cannot make valid. */
export function lacksLineEnd({ decoder, isPerson }: InputFormat): boolean {
  if (isPerson) return true;
  const line = withoutSeparator(decoder.unfinished ?? "").trim();
  return line !== "" && !isOpenJson(line);
}

/** Minimum size in bytes of answers that cost tokens by their size; smaller ones are paid for by the token
 * of their request. */
const LARGE_ANSWER_BYTES = 1024;

/** Maximum number of lines and frames of a closed connection that are handled, with a rate limit. */
const INPUTS_AFTER_CLOSE = 40;

/** The limit of one client's requests: by tokens while it is connected, then by number. */
export class InputBudget {
  /** Tokens of the last line or frame. */
  #lastCost = 0;
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

  /** Charges a line or frame of this size. */
  payInput(bytes: number): void {
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
