/**
 * All limits of the protocol. `docs/PROTOCOL.md` lists them, and a test compares the two. Limits of the
 * server's own resources (queues, time-outs) are options of the server.
 *
 * @module
 */

/** Maximum length of a text line, in bytes of UTF-8 without the line end. */
export const MAX_LINE_BYTES = 4096;

/** Milliseconds after the first byte of a line whose end is missing until the server sends
 * `missing_line_end`. */
export const MISSING_LINE_END_MILLISECONDS = 900;

/** Maximum length of a message or whisper, in bytes of UTF-8: that of a text line, so that each message
 * can be sent to text clients. */
export const MAX_TEXT_BYTES = 4096;

/** Maximum length of a topic, in bytes of UTF-8. */
export const MAX_TOPIC_BYTES = 512;

/** Maximum length of an away text, in bytes of UTF-8. */
export const MAX_AWAY_BYTES = 256;

/** Maximum length of a JSON frame of a client, in bytes without its line end or length prefix. Eight
 * times {@link MAX_TEXT_BYTES}: enough for a text of escapes of six bytes each, and the other fields. */
export const MAX_FRAME_BYTES = 32_768;

/** Maximum number of values in a JSON frame of over 4096 bytes, including nested ones. Known frames have
 * ten; unknown fields are parsed before they are ignored. */
export const MAX_FRAME_VALUES = 256;

/** Maximum number of lines in a message or whisper. Text clients receive each with the time and the
 * sender, which is 40 times the size of an empty line. */
export const MAX_TEXT_LINES = 256;

/** Maximum length of a JSON frame of a server, in bytes. A list of a thousand names of maximum length
 * has 150 KB. */
export const MAX_SERVER_FRAME_BYTES = 1_048_576;

/** Maximum size of a chunk of a file, in bytes: what fits into {@link MAX_FRAME_BYTES} as base64 without
 * padding. */
export const MAX_CHUNK_BYTES = 24_000;

/** Minimum size of all chunks but the last, in bytes: it bounds the number of waiting chunks. */
export const MIN_CHUNK_BYTES = 8000;

/** Maximum number of unconfirmed bytes of a file. With a round trip of 50 ms this is 5 MB/s; on a line of
 * 1 MB/s it delays messages by a third of a second. */
export const TRANSFER_WINDOW_BYTES = 262_144;

/** Maximum length of the name of a file, in UTF-16 code units. */
export const MAX_FILE_NAME_LENGTH = 255;

/** Maximum length of the name of a stored file, in bytes of UTF-8: what file systems accept. */
export const MAX_STORED_NAME_BYTES = 255;

/** Maximum number of open offers of a user, and of files that a user sends and receives. */
export const MAX_FILES_PER_PERSON = 8;

/** Seconds until an offer expires. */
export const OFFER_SECONDS = 600;

/** Seconds without a chunk or a confirmation until a transfer is cancelled. */
export const TRANSFER_SILENCE_SECONDS = 60;

/** Maximum length of the name of a user or a room, in Unicode code points. */
export const MAX_NAME_LENGTH = 32;

/**
 * Maximum length of each text field of a client's frame before it is cleaned, trimmed or normalized, in
 * UTF-16 code units; for commands and frames. Longer fields are refused unread, since the cost is not
 * linear: `String.prototype.normalize` sorts combining marks in quadratic time (measured: 0.02 ms for
 * 128 units, 0.3 ms for 512, 1.1 ms for 1024, 480 ms for 32,768).
 */
export const MAX_FIELD_LENGTHS = {
  /** {@link MAX_NAME_LENGTH} code points, decomposed and with white space around them. */
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
  /** Of a search. */
  words: 256,
  /** Of a kick, a ban, a `quit` or a cancelled transfer; 200 code points are shown. */
  reason: 1024,
  /** Twice {@link MAX_TEXT_BYTES}, since cleaning removes control characters and the CR of line ends. */
  text: 8192,
} as const;

/** Maximum length of the `id` of a frame, in UTF-16 code units. */
export const MAX_ID_LENGTH = 64;

/** Number of refused names until the connection is closed. */
export const MAX_NAME_ATTEMPTS = 3;

/** Maximum number of names in an answer to `/users`; the rest is a number. */
export const MAX_LISTED_USERS = 1000;

/**
 * Maximum number of members of a room that announces joins and leaves by name.
 *
 * Larger rooms announce numbers (`presence`): ten thousand users who join one after another would
 * otherwise cause fifty million notices.
 */
export const MAX_MEMBERS_ANNOUNCED_BY_NAME = 1000;

/** The `reason` of a `left` frame after a connection broke and was not resumed. */
export const CONNECTION_LOST = "connection lost";

/** The room of users who join without naming a room. */
export const DEFAULT_ROOM = "lobby";
