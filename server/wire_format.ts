import {
  type ByteString,
  lengthPrefix,
  messageBytes,
  type ServerFrame,
  textLines,
  Timestamps,
  toByteString,
} from "../protocol/mod.ts";
import { JsonMemo } from "./json_memo.ts";

/** How a client speaks, as its first bytes told. */
export type WireKind = "text" | "json" | "length" | "websocket";

/**
 * How frames become bytes for one kind of client. Members of a room that share a format share the
 * encoded batch, so a server has one object of each kind.
 */
export interface WireFormat {
  readonly kind: WireKind;
  /**
   * The bytes of a frame.
   *
   * @param self name of the person for whom it is, where that is one person.
   */
  encode(frame: ServerFrame, self?: string): ByteString;
}

/** The formats of one server. */
export type WireFormats = Readonly<Record<WireKind, WireFormat>>;

/**
 * Makes the formats of a server.
 *
 * @param now Unix milliseconds, for the lines that carry the time of their writing.
 * @param memo makes the JSON; whoever shares it gets that of the same frame for nothing.
 */
export function createWireFormats(
  now: () => number,
  memo: JsonMemo = new JsonMemo(),
): WireFormats {
  const stamps = new Timestamps();
  const json = (frame: ServerFrame) => memo.encode(frame);
  return {
    text: {
      kind: "text",
      encode: (frame, self = "") =>
        frame.type === "message"
          ? messageBytes(frame, stamps)
          : toByteString(textLines(frame, stamps, now(), self)),
    },
    json: {
      kind: "json",
      encode: (frame) => json(frame) + "\n",
    },
    length: {
      kind: "length",
      encode: (frame) => {
        const body = json(frame);
        return lengthPrefix(body.length) + body;
      },
    },
    websocket: {
      kind: "websocket",
      encode: (frame) => {
        const body = json(frame);
        return textFrameHeader(body.length) + body;
      },
    },
  };
}

/** The header of a whole, unmasked WebSocket text frame (RFC 6455, section 5.2). */
function textFrameHeader(length: number): ByteString {
  const start = "\x81";
  if (length < 126) return start + String.fromCharCode(length);
  if (length < 0x10000) return start + "\x7e" + String.fromCharCode(length >> 8, length & 0xff);
  return start + "\x7f" + "\0\0\0\0" + lengthPrefix(length);
}
