/**
 * Cleaning of what people write, before anybody sees it; texts of counts and addresses.
 *
 * People with `nc` have no client that would protect their terminal, so the server does it for all:
 * what it sends on, logs or stores holds no control character that a terminal would obey.
 *
 * @module
 */

import { MAX_TEXT_LINES } from "./limits.ts";

/**
 * What never reaches anybody: C0 controls but TAB and LF, DEL, C1 controls (U+009B alone starts an
 * escape sequence on many terminals), line and paragraph separators, and the characters that turn
 * the direction of the text around them (Unicode TR36, section 2).
 */
const FORBIDDEN =
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ALL_FORBIDDEN = new RegExp(FORBIDDEN.source, "g");

/**
 * Text without control characters, in as many lines as it had.
 *
 * A line feed is kept: a program may send a message of several lines, and every codec marks each of
 * them with the sender's name. CR LF counts as a line feed. Lone surrogates become U+FFFD.
 */
export function cleanText(text: string): string {
  if (!FORBIDDEN.test(text)) return text;
  return text.replaceAll("\r\n", "\n").toWellFormed().replace(ALL_FORBIDDEN, "");
}

/** Text without control characters, on one line: a line feed becomes a space. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll("\n", " ");
}

/** A number with its noun: `1 message`, `2 messages`. */
export function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/**
 * A host and a port as one text that programs accept as an address: `127.0.0.1:8080`, `[::1]:8080`. An
 * IPv6 address has brackets around it (RFC 3986, section 3.2.2).
 */
export function hostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True when there is nothing to see in the text: it is empty or all white space. */
export function isBlank(text: string): boolean {
  // Nearly every text starts with something to see: most need no look at the rest.
  return !(text.charCodeAt(0) > 0x20 && text.charCodeAt(0) < 0x7f) && text.trim() === "";
}

/** True when the text of a message or whisper has too many lines. */
export function hasTooManyLines(text: string): boolean {
  let lines = 1;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
    if (++lines > MAX_TEXT_LINES) return true;
  }
  return false;
}

/** Text shortened to a number of characters, with an ellipsis for what is left out. */
export function shorten(text: string, characters: number): string {
  // A code point is one or two UTF-16 units: more of a long text need not be split.
  const all = [...text.slice(0, 2 * (characters + 1))];
  return all.length <= characters ? text : all.slice(0, characters - 1).join("") + "…";
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/**
 * A number of bytes in decimal units, as files are usually told: `512 bytes`, `2.3 MB`, `25 MB`.
 *
 * It is rounded down, so that nothing is told to be there before it is.
 */
export function sizeText(bytes: number): string {
  if (bytes === 1) return "1 byte";
  let unit = 0;
  while (bytes >= 1000 ** (unit + 1) && unit < UNITS.length - 1) unit++;
  const value = bytes / 1000 ** unit;
  const shown = unit === 0 || value >= 10 ? Math.floor(value) : Math.floor(value * 10) / 10;
  return `${shown} ${UNITS[unit]}`;
}

const NOT_PLAIN = /[^ !#-[\]-~]/;

/** Whether a text is plain. */
export function isPlain(text: string): boolean {
  return !NOT_PLAIN.test(text);
}

/** Texts for one purpose, of which the same is asked for several times in a row. */
class PlainTexts {
  #last = "";

  /** Whether a text is plain. */
  has(text: string): boolean {
    if (text === this.#last) return true;
    if (!isPlain(text)) return false;
    this.#last = text;
    return true;
  }

  /** Takes note of a text that is known to be plain. */
  add(text: string): void {
    this.#last = text;
  }
}

/** What each message has of its own. */
export const PLAIN = { text: new PlainTexts(), id: new PlainTexts() } as const;
