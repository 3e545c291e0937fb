import {
  type ByteString,
  type ClientProtocol,
  type DecodedLine,
  isOpenJson,
  LengthDecoder,
  LineDecoder,
  MAX_FRAME_BYTES,
  MAX_IRC_INPUT_BYTES,
  MAX_LINE_BYTES,
  MessageQueue,
  type ParsedInput,
  parseJsonFrame,
  parseTextLine,
  type ProtocolError,
  protocolError,
  withoutSeparator,
} from "../../protocol/mod.ts";

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
  /** Absent for IRC, whose commands are no frames: see `server/irc/`. */
  readonly parse?: (line: ByteString) => ParsedInput;
  readonly tooLong: ProtocolError;
  /** Whether the stream continues after a line or frame over the limit. */
  readonly resumes: boolean;
  /** Whether the client is a user without a program, who is prompted for a name. */
  readonly isPerson: boolean;
  /** Whether the client can continue its session on another connection. */
  readonly hasSessions: boolean;
}

export function createInputFormat(protocol: ClientProtocol): InputFormat {
  if (protocol === "text") {
    return {
      decoder: new LineDecoder(MAX_LINE_BYTES),
      parse: parseTextLine,
      tooLong: protocolError("line_too_long"),
      resumes: true,
      isPerson: true,
      hasSessions: false,
    };
  }
  if (protocol === "irc") {
    return {
      decoder: new LineDecoder(MAX_IRC_INPUT_BYTES),
      tooLong: protocolError("line_too_long"),
      resumes: true,
      isPerson: false,
      hasSessions: false,
    };
  }
  return {
    decoder: createFrameDecoder(protocol),
    parse: protocol === "json" ? (line) => parseJsonFrame(withoutSeparator(line)) : parseJsonFrame,
    tooLong: protocolError("frame_too_long"),
    resumes: protocol !== "length",
    isPerson: false,
    hasSessions: true,
  };
}

function createFrameDecoder(protocol: Exclude<ClientProtocol, "text" | "irc">): Decoder {
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
