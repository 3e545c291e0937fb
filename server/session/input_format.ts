import {
  type ByteString,
  type DecodedLine,
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
import type { ClientProtocol } from "../fanout/encoder.ts";

/** Cuts what comes in into lines or frames; see the decoders of the protocol. */
export interface Decoder {
  readonly buffered: number;
  /** See {@link LineDecoder}; absent where no line feed ends a message. */
  readonly unfinished?: ByteString;
  push(chunk: ByteString): void;
  next(): DecodedLine;
  finish(): DecodedLine;
}

/** What differs by the way a client speaks. */
export interface InputFormat {
  readonly decoder: Decoder;
  readonly parse: (line: ByteString) => ParsedInput;
  readonly tooLong: ProtocolError;
  /** Whether the stream goes on after something that was too long. */
  readonly resumes: boolean;
  /** Whether a person is at the other end, who is asked for a name. */
  readonly isPerson: boolean;
}

/** Makes what a session of that kind needs to read its client. */
export function createInputFormat(kind: ClientProtocol): InputFormat {
  if (kind === "text") {
    return {
      decoder: new LineDecoder(MAX_LINE_BYTES),
      parse: parseTextLine,
      tooLong: protocolError("line_too_long"),
      resumes: true,
      isPerson: true,
    };
  }
  return {
    decoder: createFrameDecoder(kind),
    parse: kind === "json" ? (line) => parseJsonFrame(withoutSeparator(line)) : parseJsonFrame,
    tooLong: protocolError("frame_too_long"),
    resumes: kind !== "length",
    isPerson: false,
  };
}

function createFrameDecoder(kind: Exclude<ClientProtocol, "text">): Decoder {
  switch (kind) {
    case "json":
      return new LineDecoder(MAX_FRAME_BYTES);
    case "length":
      return new LengthDecoder(MAX_FRAME_BYTES);
    case "websocket":
      return new MessageDecoder(MAX_FRAME_BYTES);
  }
}
