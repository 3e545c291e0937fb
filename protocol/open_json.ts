import type { ByteString } from "./byte_string.ts";

/** The brackets outside of strings, and strings: a quote without its counterpart reaches to the end. */
const BRACKETS_AND_STRINGS = /[{}[\]]|"(?:[^"\\]|\\[^])*("?)/g;

/**
 * Whether a bracket or a string is open at the end of the text, so that more of it is to come. Several
 * values behind each other, and text that is no JSON, are not open.
 */
export function isOpenJson(text: ByteString): boolean {
  let depth = 0;
  for (const [token, endQuote] of text.matchAll(BRACKETS_AND_STRINGS)) {
    if (endQuote !== undefined) {
      if (endQuote === "") return true;
    } else depth += token === "{" || token === "[" ? 1 : -1;
  }
  return depth > 0;
}
