/**
 * Cleaning of user input, and texts of counts, sizes and addresses.
 *
 * Users of `nc` have no client that protects their terminal, so the server does: the text that it
 * relays, logs or stores has no control characters that a terminal would execute.
 *
 * @module
 */

import { MAX_TEXT_LINES } from "./limits.ts";

/**
 * Removed characters: C0 controls except TAB and LF, DEL, C1 controls (U+009B starts an escape sequence
 * on many terminals), line and paragraph separators, and the characters that change the direction of
 * text (Unicode TR36, section 2).
 */
const FORBIDDEN =
  // deno-lint-ignore no-control-regex -- matches control characters
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ALL_FORBIDDEN = new RegExp(FORBIDDEN.source, "g");

/**
 * Removes control characters except line feeds: messages may have several lines, and every codec marks
 * each of them with the sender. CR LF becomes a line feed, lone surrogates U+FFFD.
 */
export function cleanText(text: string): string {
  if (!FORBIDDEN.test(text)) return text;
  return text.replaceAll("\r\n", "\n").toWellFormed().replace(ALL_FORBIDDEN, "");
}

/** Removes control characters, and replaces line feeds by spaces. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll("\n", " ");
}

/** A number with its noun: `1 message`, `2 messages`. */
export function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/**
 * A host and a port as an address: `127.0.0.1:8080`, `[::1]:8080`. IPv6 addresses are in brackets (RFC
 * 3986, section 3.2.2).
 */
export function hostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a text is empty or white space. */
export function isBlank(text: string): boolean {
  // Nearly all texts start with a visible character, which decides.
  return !(text.charCodeAt(0) > 0x20 && text.charCodeAt(0) < 0x7f) && text.trim() === "";
}

/** Whether a message or whisper has too many lines. */
export function hasTooManyLines(text: string): boolean {
  let lines = 1;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
    if (++lines > MAX_TEXT_LINES) return true;
  }
  return false;
}

/** Shortens a text to a number of characters, with an ellipsis. */
export function shorten(text: string, characters: number): string {
  // A code point is one or two UTF-16 units, so this prefix is long enough.
  const all = [...text.slice(0, 2 * (characters + 1))];
  return all.length <= characters ? text : all.slice(0, characters - 1).join("") + "…";
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** A number of bytes in decimal units, rounded down: `512 bytes`, `2.3 MB`, `25 MB`. */
export function sizeText(bytes: number): string {
  if (bytes === 1) return "1 byte";
  let unit = 0;
  while (bytes >= 1000 ** (unit + 1) && unit < UNITS.length - 1) unit++;
  const value = bytes / 1000 ** unit;
  const shown = unit === 0 || value >= 10 ? Math.floor(value) : Math.floor(value * 10) / 10;
  return `${shown} ${UNITS[unit]}`;
}

const NOT_PLAIN = /[^ !#-[\]-~]/;

/**
 * Whether a text is printable ASCII without quotation marks and backslashes, like nearly all texts. A
 * plain text is its own UTF-8, and its own JSON between two quotation marks.
 */
export function isPlain(text: string): boolean {
  return !NOT_PLAIN.test(text);
}

/** Caches the last plain text, which is tested when it is parsed, encoded, acknowledged and stored. */
class PlainTexts {
  #last = "";

  has(text: string): boolean {
    if (text === this.#last) return true;
    if (!isPlain(text)) return false;
    this.#last = text;
    return true;
  }

  /** Stores a text that is known to be plain. */
  add(text: string): void {
    this.#last = text;
  }
}

/** The caches for the texts and the ids of messages. Shared by all connections and servers of a thread, since
 * a text is plain or not wherever it comes from: an owner would be one more parameter of each codec. */
export const PLAIN = { text: new PlainTexts(), id: new PlainTexts() } as const;
