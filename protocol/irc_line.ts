/**
 * Lines of IRC (RFC 2812) with the message tags of IRCv3.
 *
 * @module
 */

import { type ByteString, fromByteString, toByteString } from "./byte_string.ts";

/** Maximum length of a line of IRC in bytes, without its tags and its end (RFC 2812, section 2.3). */
export const MAX_IRC_LINE_BYTES = 510;

/** Maximum length of the tags of a line of a client in bytes, with `@` and the space after them: 4094 bytes
 * of data (IRCv3 message tags). */
export const MAX_IRC_TAG_BYTES = 4096;

/** Maximum length of a line of a client that is kept until its end, in bytes: all tags that a line may
 * have, 8191 bytes with those of a server, and the rest. A longer one is dropped while it arrives. */
export const MAX_IRC_INPUT_BYTES: number = 8191 + MAX_IRC_LINE_BYTES;

/** Maximum number of parameters of a line. */
const MAX_PARAMETERS = 15;

/** A line of a client. */
export interface IrcLine {
  /** In upper case. */
  readonly command: string;
  /** The parameters, without the colon of the last one. */
  readonly params: readonly string[];
  /** The value of the tag `label`, if any. */
  readonly label?: string;
}

/** Why a line is not handled. */
export type IrcLineFault = "too long" | "invalid UTF-8";

/** A parsed line or its fault; `undefined` for an empty one. */
export type ParsedIrcLine =
  | { readonly line: IrcLine; readonly fault?: undefined }
  | { readonly fault: IrcLineFault; readonly line?: undefined }
  | undefined;

const FORBIDDEN = /[\0\r]/g;

/** A message in the form of nearly all clients, of printable ASCII. */
const PLAIN_MESSAGE = /^PRIVMSG ([!-9;-~]+) :([ -~]*)$/;

/** Parses a line of a client, without its end. NUL and CR are removed. */
export function parseIrcLine(bytes: ByteString): ParsedIrcLine {
  const plain = bytes.length > MAX_IRC_LINE_BYTES ? null : PLAIN_MESSAGE.exec(bytes);
  if (plain !== null) return { line: { command: "PRIVMSG", params: [plain[1]!, plain[2]!] } };
  let rest = bytes;
  let label: string | undefined;
  if (bytes.startsWith("@")) {
    const end = bytes.indexOf(" ");
    if ((end < 0 ? bytes.length : end + 1) > MAX_IRC_TAG_BYTES) return { fault: "too long" };
    if (end < 0) return undefined;
    label = labelIn(bytes.slice(1, end));
    rest = bytes.slice(end + 1);
  }
  if (rest.length > MAX_IRC_LINE_BYTES) return { fault: "too long" };
  const decoded = fromByteString(rest);
  if (decoded === undefined) return { fault: "invalid UTF-8" };
  const words = wordsOf(decoded.replace(FORBIDDEN, ""));
  const [command, ...params] = words;
  if (command === undefined || command === "") return undefined;
  return {
    line: { command: command.toUpperCase(), params, ...(label === undefined ? {} : { label }) },
  };
}

/** The command and the parameters of a line; a source before them is left out. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (line.charAt(at) === " ") {
      at++;
      continue;
    }
    const isLast = words.length > 0 && (line.charAt(at) === ":" || words.length === MAX_PARAMETERS);
    if (isLast) {
      words.push(line.slice(line.charAt(at) === ":" ? at + 1 : at));
      break;
    }
    const end = line.indexOf(" ", at);
    const word = line.slice(at, end < 0 ? line.length : end);
    // The source of a client's line says nothing that the server does not know.
    if (words.length > 0 || !word.startsWith(":")) words.push(word);
    at += word.length;
  }
  return words;
}

function labelIn(tags: ByteString): string | undefined {
  for (const tag of tags.split(";")) {
    if (tag.startsWith("label=")) return fromByteString(tag.slice("label=".length));
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ";": "\\:",
  " ": "\\s",
  "\\": "\\\\",
  "\r": "\\r",
  "\n": "\\n",
};

/** Escapes the value of a message tag. */
export function ircTagValue(value: string): string {
  return value.replace(/[; \\\r\n]/g, (character) => ESCAPES[character]!);
}

/**
 * Makes a line of a server: a head, and a last parameter that may contain spaces. A line over the limit is
 * cut at a character.
 *
 * @param head of the source to the last parameter but one.
 */
export function ircLine(head: string, text?: string): ByteString {
  const line = toByteString(text === undefined ? head : `${head} :${text}`);
  return `${cutBytes(line, MAX_IRC_LINE_BYTES)}\r\n`;
}

/** Joins words with spaces to texts of up to a number of bytes. A longer word is a text of its own. */
export function packWords(words: Iterable<string>, maxBytes: number): string[] {
  const packed: string[] = [];
  let current: string[] = [];
  let size = 0;
  for (const word of words) {
    const bytes = toByteString(word).length + 1;
    if (current.length > 0 && size + bytes > maxBytes) {
      packed.push(current.join(" "));
      current = [];
      size = 0;
    }
    current.push(word);
    size += bytes;
  }
  if (current.length > 0) packed.push(current.join(" "));
  return packed;
}

/** Splits UTF-8 into parts of up to a number of bytes, at least 4, between two characters. */
export function splitBytes(bytes: ByteString, maxBytes: number): ByteString[] {
  const parts: ByteString[] = [];
  let rest = bytes;
  while (rest.length > maxBytes) {
    const part = cutBytes(rest, maxBytes);
    parts.push(part);
    rest = rest.slice(part.length);
  }
  parts.push(rest);
  return parts;
}

/** The start of UTF-8 of up to a number of bytes, without an incomplete character at its end. */
function cutBytes(bytes: ByteString, maxBytes: number): ByteString {
  if (bytes.length <= maxBytes) return bytes;
  let end = maxBytes;
  while (end > 0 && (bytes.charCodeAt(end) & 0xc0) === 0x80) end--;
  return bytes.slice(0, end);
}

/** Bold, colours and other formatting of IRC clients (modern.ircdocs.horse/formatting). */
const FORMATTING =
  // deno-lint-ignore no-control-regex -- formatting is made of control characters
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-f]{6}(?:,[\da-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/gi;

/** Removes the formatting of IRC clients. */
export function withoutIrcFormatting(text: string): string {
  return text.replace(FORMATTING, "");
}
