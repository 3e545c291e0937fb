import {
  type ByteString,
  jsonOf,
  lengthPrefix,
  messageBytes,
  type ServerFrame,
  textLines,
  Timestamps,
  toByteString,
} from "../protocol/mod.ts";

/** How a client speaks, as its first bytes told. */
export type WireKind = "text" | "json" | "length";

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
 */
export function createWireFormats(now: () => number): WireFormats {
  const stamps = new Timestamps();
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
      encode: (frame) => jsonOf(frame) + "\n",
    },
    length: {
      kind: "length",
      encode: (frame) => {
        const json = jsonOf(frame);
        return lengthPrefix(json.length) + json;
      },
    },
  };
}
