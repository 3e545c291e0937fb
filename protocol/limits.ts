/**
 * Every bound of the protocol in one place.
 *
 * A bound is part of the protocol: both sides know it, `docs/PROTOCOL.md` lists it, and a test
 * compares the two. Bounds of the server's own resources (queues, time-outs) are options of the
 * server instead.
 *
 * @module
 */

/** Longest text line a person may send, in bytes of UTF-8 without the line end. */
export const MAX_LINE_BYTES = 4096;

/** Milliseconds after the first byte of a line whose end is missing until the server sends
 * `missing_line_end`. */
export const MISSING_LINE_END_MILLISECONDS = 900;

/** Longest text of one message or whisper, in bytes of UTF-8. The same as a text line's, so that a
 * message that came in as JSON can always be told to a text client. */
export const MAX_TEXT_BYTES = 4096;

/** Longest topic of a room, in bytes of UTF-8. */
export const MAX_TOPIC_BYTES = 512;

/** Longest text of who is away, in bytes of UTF-8. */
export const MAX_AWAY_BYTES = 256;

/** Longest JSON frame, in bytes without its line end or length prefix. Eight times
 * {@link MAX_TEXT_BYTES}: room for a text of which every byte is written as an escape of six bytes,
 * and for the fields around it. */
export const MAX_FRAME_BYTES = 32_768;

/** Values in a JSON frame of over 4096 bytes, nested ones too. Known frames have ten; unknown fields are
 * read before they are ignored. */
export const MAX_FRAME_VALUES = 256;

/** Lines in the text of one message or whisper. A text client gets each of them behind the time and the
 * name of the sender, which is 40 times as much as an empty line. */
export const MAX_TEXT_LINES = 256;

/** Longest JSON frame of a server, in bytes. A list of a thousand names of the longest kind has
 * 150 KB; what is beyond this is no chat. */
export const MAX_SERVER_FRAME_BYTES = 1_048_576;

/** Bytes in a piece of a file: as many as fit into {@link MAX_FRAME_BYTES} as base64, with the
 * fields around them, without padding. Only the last piece of a file may be smaller than the least,
 * so that the number of pieces that wait is bounded with their bytes. */
export const MAX_CHUNK_BYTES = 24_000;

/** Least content of a piece of a file, in bytes, except the last. */
export const MIN_CHUNK_BYTES = 8000;

/** Bytes of one file that may be sent and not confirmed. At a round trip of 50 ms it still carries
 * 5 MB a second, and over a megabyte a second it delays what others say by a third of one. */
export const TRANSFER_WINDOW_BYTES = 262_144;

/** Longest name of a file, in UTF-16 code units. */
export const MAX_FILE_NAME_LENGTH = 255;

/** Offers of one person that stand, and files that they send and receive, at a time: each. */
export const MAX_FILES_PER_PERSON = 8;

/** Seconds for which an offer stands. */
export const OFFER_SECONDS = 600;

/** Seconds without a piece or a confirmation after which a transfer is given up. */
export const TRANSFER_SILENCE_SECONDS = 60;

/** Longest name of a person or a room, in Unicode code points. */
export const MAX_NAME_LENGTH = 32;

/**
 * Longest text of each field of a client's frame before it is cleaned, trimmed or normalized, in
 * UTF-16 code units; for commands and frames alike. Longer ones are refused unread, since the cost of
 * reading them is not linear: `String.prototype.normalize` sorts combining marks in quadratic time
 * (measured: 0.02 ms for 128 units, 0.3 ms for 512, 1.1 ms for 1024, 480 ms for 32,768).
 */
export const MAX_FIELD_LENGTHS = {
  /** A person: {@link MAX_NAME_LENGTH} code points, decomposed and with white space around them. */
  name: 128,
  to: 128,
  room: 128,
  /** A name or an address range. */
  target: 128,
  /** A password of 256 code points, decomposed. */
  password: 1024,
  serverPassword: 1024,
  /** A session's token; a server makes 24 characters. */
  session: 64,
  duration: 16,
  /** Of a kick, a ban, a `quit` or the end of a transfer; 200 code points of it are shown. */
  reason: 1024,
  /** Twice {@link MAX_TEXT_BYTES}, since cleaning removes control characters and the CR of line ends. */
  text: 8192,
} as const;

/** Longest `id` that a program may give a frame, in UTF-16 code units. */
export const MAX_ID_LENGTH = 64;

/** Refused names after which the connection is closed. */
export const MAX_NAME_ATTEMPTS = 3;

/** Names listed in one answer to `/users`; the rest is told as a number. */
export const MAX_LISTED_USERS = 1000;

/**
 * Members up to which a room tells every join and leave by name.
 *
 * In a larger room they are told as numbers, see the `presence` frame: ten thousand people who join
 * one after the other would otherwise cost fifty million notices.
 */
export const MAX_MEMBERS_TOLD_BY_NAME = 1000;

/** The `reason` of a `left` frame after a connection broke and was not resumed. */
export const CONNECTION_LOST = "connection lost";

/** The room in which everybody starts who names no other. */
export const DEFAULT_ROOM = "lobby";
