import type { Buffer } from "node:buffer";
import {
  type ByteString,
  type ClientProtocol,
  holdsForAllRooms,
  IRC_VARIANT_CAPABILITIES,
  IrcCodec,
  type IrcUser,
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
 * Encodes frames for one client protocol. Members of a room with the same format share the encoded
 * batch, so a server has one encoder of each kind.
 */
export interface Encoder {
  readonly kind: ClientProtocol;
  /**
   * Encodes a frame as bytes that can be joined with those of others. Their number is that on the
   * transport; {@link toBuffer} makes the final bytes.
   *
   * @param self name of the receiving user, if the frame is for one user.
   */
  encode(frame: ServerFrame, self?: string): ByteString;
  /** Whether a frame of one room holds for all rooms, so that it keeps its place among their frames. */
  holdsForAllRooms?(frame: ServerFrame): boolean;
  /** The final bytes of whole frames. */
  toBuffer(bytes: ByteString): Buffer;
}

export type Encoders = Readonly<Record<ClientProtocol, Encoder>>;

/** Returns the encoder for IRC clients with some capabilities. */
export type IrcEncoders = (capabilities: ReadonlySet<string>) => Encoder;

/**
 * Makes the encoders of a server.
 *
 * @param now Unix milliseconds, for text lines without a time of their own.
 * @param ircEncoders default: those of a chat without users.
 */
export function createEncoders(
  now: () => number,
  ircEncoders = createIrcEncoders(() => undefined),
): Encoders {
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
    irc: ircEncoders(new Set()),
  };
}

/**
 * Makes the encoders for IRC: one for each set of the capabilities that change lines, so that the members of
 * a room share their lines.
 *
 * @param userOf finds a user that is online.
 */
export function createIrcEncoders(userOf: (name: string) => IrcUser | undefined): IrcEncoders {
  const bySet = new Map<string, Encoder>();
  return (capabilities) => {
    const key = IRC_VARIANT_CAPABILITIES.filter((each) => capabilities.has(each)).join(" ");
    let encoder = bySet.get(key);
    if (encoder === undefined) {
      const codec = new IrcCodec(capabilities, userOf);
      encoder = {
        kind: "irc",
        encode: (frame, self) => codec.encode(frame, self),
        holdsForAllRooms,
        toBuffer,
      };
      bySet.set(key, encoder);
    }
    return encoder;
  };
}

/** An encoder with a header before each frame. */
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
 * Encodes a frame as JSON once: the clients of a room may use several protocols with JSON, and get the
 * same frame one after the other.
 */
export class JsonMemo {
  #frame: ServerFrame | undefined;
  #json: ByteString = "";

  /** The frame must not have changed since the last call. */
  encode(frame: ServerFrame): ByteString {
    if (frame !== this.#frame) {
      this.#frame = frame;
      this.#json = jsonOf(frame);
    }
    return this.#json;
  }
}
