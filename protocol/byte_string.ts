/**
 * Byte strings: bytes held in a JavaScript string, one byte a character (U+0000 to U+00FF).
 *
 * The codecs work on them rather than on `Uint8Array` because it is what makes the hot path fast:
 * finding a line end, cutting a line out and joining a thousand lines into one batch are all native
 * string operations that copy nothing until the batch is written. Counting lines this way was
 * measured at 24 million lines a second in one thread, against 8 to 17 million with buffers.
 *
 * A byte string never leaves the codecs: above them all text is ordinary text.
 *
 * @module
 */

/** Bytes as a string with one byte a character. */
export type ByteString = string;

// deno-lint-ignore no-control-regex -- the first 128 characters are what is meant
const BEYOND_ASCII = /[^\x00-\x7f]/;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Characters handed to one `String.fromCharCode` call, well under the limit on arguments. */
const CHUNK = 2048;

/** Text as the byte string of its UTF-8. Lone surrogates become U+FFFD. */
export function toByteString(text: string): ByteString {
  if (!BEYOND_ASCII.test(text)) return text;
  return fromBytes(encoder.encode(text));
}

/**
 * The text of a byte string of UTF-8.
 *
 * @returns the text, or `undefined` when the bytes are not valid UTF-8.
 */
export function fromByteString(bytes: ByteString): string | undefined {
  if (!BEYOND_ASCII.test(bytes)) return bytes;
  try {
    return decoder.decode(toBytes(bytes));
  } catch {
    return undefined;
  }
}

/** Length of a text in bytes of UTF-8. */
export function byteLength(text: string): number {
  return BEYOND_ASCII.test(text) ? encoder.encode(text).length : text.length;
}

/**
 * Bytes as a byte string.
 *
 * Arguments that are spread are taken one by one from an iterator, which takes six times as long as
 * `apply`. What is longer goes by way of base64, which is native code both ways: of 300 KB of `é`
 * with 9 ms spread, 1.5 ms applied and 0.6 ms as base64.
 */
export function fromBytes(bytes: Uint8Array): ByteString {
  if (bytes.length <= CHUNK) return applied(bytes);
  if (bytes.toBase64 !== undefined) return atob(bytes.toBase64());
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += applied(bytes.subarray(start, start + CHUNK));
  }
  return text;
}

function applied(bytes: Uint8Array): ByteString {
  // An array of bytes is as good as one of numbers, which the types do not say.
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** A byte string as bytes. */
export function toBytes(text: ByteString): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/**
 * The same string in memory of its own.
 *
 * An engine may keep a piece of a string as a view of the whole, so that a half line of ten bytes
 * would hold on to the 64 KB chunk it was cut from. Joining first makes a copy of the piece alone.
 */
export function detached(text: string): string {
  return (" " + text).slice(1);
}

/** How many bytes a text in base64 stands for. */
export function base64Bytes(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return base64.length / 4 * 3 - padding;
}

/**
 * True for a text that is base64 and nothing else, not even white space.
 *
 * It is decoded to find out: that is ten times as fast as a regular expression (5 us for 32 KB).
 */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  try {
    // White space is passed over by `atob`, and then there are fewer bytes.
    return atob(text).length === base64Bytes(text);
  } catch {
    return false;
  }
}
