import type { ByteString } from "../../protocol/mod.ts";
import type { Encoder } from "./encoder.ts";

/** The kinds of streams of a room: Server-Sent Events, and one JSON object per line. */
export type EventKind = "sse" | "ndjson";

/** The form of a stream of a room's messages over HTTP. */
export interface EventFormat {
  /** Media type. */
  readonly type: string;
  /** Encodes `message` and `skipped`; all other frames are no events, and encoded as nothing. */
  readonly encoder: Encoder;
  /** Bytes without a meaning for the client, which keep the connection open. */
  readonly heartbeat: ByteString;
  /** The first bytes of a stream. @param position number of the message before the first one. */
  start(position: number): ByteString;
}

export type EventFormats = Readonly<Record<EventKind, EventFormat>>;

/** Milliseconds until a browser connects again. */
const RETRY_MILLISECONDS = 2000;

/**
 * Makes the forms of a server. All streams of a form share an encoder, and so the bytes of a room.
 *
 * @param json the encoder of JSON lines, so that a frame becomes JSON once for all.
 */
export function createEventFormats(json: Encoder): EventFormats {
  const { kind, toBuffer } = json;
  const eventOf: Encoder["encode"] = (frame) => {
    switch (frame.type) {
      case "message":
        return `id: ${frame.seq}\ndata: ${json.encode(frame)}\n`;
      case "skipped":
        return `event: skipped\nid: ${frame.to}\ndata: ${json.encode(frame)}\n`;
      default:
        return "";
    }
  };
  const lineOf: Encoder["encode"] = (frame) =>
    frame.type === "message" || frame.type === "skipped" ? json.encode(frame) : "";
  return {
    sse: {
      type: "text/event-stream",
      encoder: { kind, encode: eventOf, toBuffer },
      heartbeat: ":\n\n",
      // An event without data is not dispatched, but sets the number from which a browser resumes: it also
      // misses nothing if it loses the connection before the first message.
      start: (position) => `retry: ${RETRY_MILLISECONDS}\nid: ${position}\n\n`,
    },
    ndjson: {
      type: "application/x-ndjson",
      encoder: { kind, encode: lineOf, toBuffer },
      heartbeat: "\n",
      start: () => "",
    },
  };
}
