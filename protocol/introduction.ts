/**
 * How a program recognises a hubbub server before it sends anything that matters: it sends one byte,
 * and the server introduces itself.
 *
 * @module
 */

import type { ByteString } from "./byte_string.ts";

/** Version of the protocol of `docs/PROTOCOL.md`, in the `server` frame. */
export const PROTOCOL_VERSION = 0;

/**
 * Sent first, it asks for the `server` frame. It is the record separator of JSON text sequences
 * (RFC 7464), and a byte that no server of lines shows: it stays in front of the line that follows,
 * where `str.strip()` of Python and `trim()` of Java remove it.
 */
export const RECORD_SEPARATOR: ByteString = "\x1e";

/** The subprotocol of a WebSocket by which a page asks for the `server` frame. */
export const WEBSOCKET_PROTOCOL = "hubbub";

/** Milliseconds of silence after which a server prompts, and no sooner: an earlier prompt is that of
 * another chat. */
export const PROMPT_MILLISECONDS = 150;

/** A JSON text without the record separators that may stand before it. */
export function withoutSeparator(json: ByteString): ByteString {
  let start = 0;
  while (json.charAt(start) === RECORD_SEPARATOR) start++;
  return start === 0 ? json : json.slice(start);
}
