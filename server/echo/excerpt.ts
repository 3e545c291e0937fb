import { cleanLine, counted, shorten } from "../../protocol/text.ts";

/** Maximum length of an excerpt in a log line, in characters. */
const MAX_LENGTH = 60;

/** The start of some bytes as text without control characters, with their number if the text is cut. */
export function excerptOf(bytes: Uint8Array): string {
  // A character takes four bytes at most; the last one may be cut, and is left out then.
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * MAX_LENGTH));
  const shown = shorten(cleanLine(text.replace(/\r?\n$/, "")), MAX_LENGTH);
  const isAll = bytes.length <= 4 * MAX_LENGTH && !shown.endsWith("…") && shown.length > 0;
  return isAll ? shown : `${shown} (${counted(bytes.length, "byte")})`.trimStart();
}
