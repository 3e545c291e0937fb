import {
  type ByteString,
  type ClientProtocol,
  type DecodedLine,
  isOpenJson,
  LengthDecoder,
  LineDecoder,
  MAX_FRAME_BYTES,
  MAX_LINE_BYTES,
  MessageDecoder,
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

/** A line or frame, or that it is too long. */
export type Input = Exclude<DecodedLine, undefined>;

/** Cuts input into lines or frames; see the decoders of the protocol. */
export interface Decoder {
  readonly buffered: number;
  /** See {@link LineDecoder}; absent where no line feed ends a message. */
  readonly unfinished?: ByteString;
  push(chunk: ByteString): void;
  next(): DecodedLine;
  finish(): DecodedLine;
}

/** How the input of one protocol is read. */
export interface InputFormat {
  readonly decoder: Decoder;
  readonly parse: (line: ByteString) => ParsedInput;
  readonly tooLong: ProtocolError;
  /** Whether the stream continues behind a line or frame that is too long. */
  readonly resumes: boolean;
  /** Whether the client is a person, who is prompted for a name. */
  readonly isPerson: boolean;
}

/** Makes the decoder and the parser of one connection. */
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
      return new MessageDecoder(MAX_FRAME_BYTES);
  }
}

/** Whether the last line lacks only its end: the text of a person, or complete JSON, or text that more
 * text cannot make valid JSON. */
export function lacksLineEnd({ decoder, isPerson }: InputFormat): boolean {
  if (isPerson) return true;
  const line = withoutSeparator(decoder.unfinished ?? "").trim();
  return line !== "" && !isOpenJson(line);
}

/** Answers of at least this size, in bytes, cost tokens by their size; smaller ones are paid for by the
 * token of their question. */
const LARGE_ANSWER_BYTES = 1024;

/** Maximum number of lines and frames of a closed connection that are handled without a limit on the
 * rate. */
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

  /** Whether no further input is handled: the connection is closed, and its number is used up. */
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

  /** Continues with the tokens of the member's last connection, debt included; the member keeps those of
   * this one where it had none. */
  shareWith(member: { bucket: TokenBucket | undefined }): void {
    if (member.bucket === undefined) member.bucket = this.bucket;
    else this.bucket = member.bucket;
  }

  /** The connection is closed. */
  closed(): void {
    this.#inputsLeft = this.bucket === undefined ? Infinity : INPUTS_AFTER_CLOSE;
  }
}
