import type { Buffer } from "node:buffer";
import {
  type ByteString,
  type ClientProtocol,
  jsonOf,
  messageBytes,
  type ServerFrame,
  textLines,
  Timestamps,
  toByteString,
} from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import {
  type FrameHeader,
  LENGTH_HEADER,
  toFramedBuffer,
  WEBSOCKET_HEADER,
} from "./frame_header.ts";

/**
 * How frames become bytes for one kind of client. Members of a room that share a format share the
 * encoded batch, so a server has one object of each kind.
 */
export interface Encoder {
  readonly kind: ClientProtocol;
  /**
   * The bytes of a frame, as they can be joined with those of others. They are as many as on the
   * transport, and become what is there by {@link toBuffer}.
   *
   * @param self name of the person for whom it is, where that is one person.
   */
  encode(frame: ServerFrame, self?: string): ByteString;
  /** What goes over the transport for whole frames. */
  toBuffer(bytes: ByteString): Buffer;
}

/** The formats of one server. */
export type Encoders = Readonly<Record<ClientProtocol, Encoder>>;

/**
 * Makes the formats of a server.
 *
 * @param now Unix milliseconds, for the lines that carry the time of their writing.
 */
export function createEncoders(now: () => number): Encoders {
  const stamps = new Timestamps();
  const memo = new JsonMemo();
  return {
    text: {
      kind: "text",
      encode: (frame, self = "") =>
        frame.type === "message"
          ? messageBytes(frame, stamps)
          : toByteString(textLines(frame, stamps, now(), self)),
      toBuffer,
    },
    json: {
      kind: "json",
      encode: (frame) => memo.encode(frame) + "\n",
      toBuffer,
    },
    length: framed("length", LENGTH_HEADER, memo),
    websocket: framed("websocket", WEBSOCKET_HEADER, memo),
  };
}

/** A format in which each frame stands behind a header. */
function framed(
  kind: ClientProtocol,
  header: FrameHeader,
  memo: JsonMemo,
): Encoder {
  return {
    kind,
    encode: (frame) => {
      const body = memo.encode(frame);
      return header.standIn(body.length) + body;
    },
    toBuffer: (bytes) => toFramedBuffer(bytes, header),
  };
}

/**
 * Makes the JSON of a frame, once: a room may hold clients of every kind that speaks JSON, who get
 * the same frame one after the other.
 */
export class JsonMemo {
  #frame: ServerFrame | undefined;
  #json: ByteString = "";

  /** The frame must not have changed since it was given last. */
  encode(frame: ServerFrame): ByteString {
    if (frame !== this.#frame) {
      this.#frame = frame;
      this.#json = jsonOf(frame);
    }
    return this.#json;
  }
}
