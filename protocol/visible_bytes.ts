import { type ByteString, fromByteString } from "./byte_string.ts";

/** Bytes that are looked at for one character to show. */
const MAX_CHARACTER_BYTES = 4;

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  '"': '\\"',
  "\\": "\\\\",
};

/** What a terminal would obey, or not show. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}"\\]/gu;

/**
 * The start of some bytes, in quotes and so that every one of them can be seen: `"hi\n"`. Text that
 * is not valid UTF-8, such as half a character, is shown as the bytes that it is: `"\xc3"`.
 *
 * @param characters most that are shown.
 */
export function visibleBytes(bytes: ByteString, characters: number): string {
  const head = bytes.slice(0, characters * MAX_CHARACTER_BYTES);
  const text = decoded(head, head.length < bytes.length);
  const all = text === undefined
    ? Array.from(head, (byte) => byte > "~" ? hexadecimal(byte) : seen(byte))
    : Array.from(text, seen);
  const isAll = head.length === bytes.length && all.length <= characters;
  return `"${all.slice(0, characters).join("")}"${isAll ? "" : "…"}`;
}

/** Text of bytes; where they were cut, without a last character that is not complete. */
function decoded(bytes: ByteString, wasCut: boolean): string | undefined {
  for (let less = 0; less < (wasCut ? MAX_CHARACTER_BYTES : 1); less++) {
    const text = fromByteString(bytes.slice(0, bytes.length - less));
    if (text !== undefined) return text;
  }
  return undefined;
}

function seen(character: string): string {
  return character.replace(
    UNSEEN,
    (unseen) => ESCAPES[unseen] ?? (unseen < "\x80" ? hexadecimal(unseen) : codePoint(unseen)),
  );
}

function hexadecimal(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
