/**
 * Which messages a search finds: the same for history in memory and on the disk, and for clients that mark
 * what was found.
 *
 * 1. Case, accents and compatibility forms do not count: `cafe` finds `Café`, `1` finds `①`.
 * 2. A word is a run of letters and digits. Each character of a script without spaces (Chinese, Japanese,
 *    Thai ...) is a word, and so is each emoji.
 * 3. A message must have all words of the search, in any order. Text in quotation marks, and text without
 *    white space such as `e-mail`, is a phrase: its words must follow each other.
 * 4. The last word may be the beginning of one, unless it is in quotation marks.
 *
 * @module
 */

/** Words that must follow each other. */
export interface SearchTerm {
  /** Folded: see {@link searchWords}. */
  readonly words: readonly string[];
  /** Whether the last word may be the beginning of one. */
  readonly isPrefix: boolean;
}

const UNSPACED = "[" + [
  ...["Han", "Hiragana", "Katakana", "Bopomofo", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"],
].map((script) => `\\p{Script_Extensions=${script}}`).join("") + "]";
const EMOJI = "\\p{Extended_Pictographic}|\\p{Regional_Indicator}";
const WORD = new RegExp(
  `(?!\\p{P})${UNSPACED}|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}])+|${EMOJI}`,
  "gu",
);
const ASCII_WORD = /[a-z0-9]+/g;
const NOT_ASCII = /[\u0080-\uffff]/;

/** The accents of Latin, Greek and Cyrillic letters. */
const ACCENTS = /[\u0300-\u036f]+/g;

/** `normalize` sorts the marks behind a letter in quadratic time; no language needs as many. */
const TOO_MANY_MARKS = /(\p{M}{8})\p{M}+/gu;

/** The text without the differences that do not count. The cost is linear in its length. */
export function foldedText(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase();
  return text.replace(TOO_MANY_MARKS, "$1").normalize("NFKD").replace(ACCENTS, "").normalize("NFKC")
    .toLowerCase().replaceAll("ς", "σ");
}

/** The words of a text without the differences that do not count, in order. */
export function searchWords(text: string): string[] {
  return wordsOf(foldedText(text));
}

function wordsOf(text: string): string[] {
  return text.match(NOT_ASCII.test(text) ? WORD : ASCII_WORD) ?? [];
}

/** Quoted text, also without the second quotation mark, or text without white space. */
const TYPED_TERM = /"([^"]*)"?|[^\s"]+/g;

/** Parses typed words, each once. The result is empty for a text without any. */
export function parseSearch(text: string): SearchTerm[] {
  const typed = [...text.matchAll(TYPED_TERM)].map(([bare, quoted]) => ({
    words: searchWords(quoted ?? bare),
    isPrefix: quoted === undefined,
  })).filter(({ words }) => words.length > 0);
  const terms = typed.map(({ words, isPrefix }, index) => ({
    words,
    isPrefix: isPrefix && index === typed.length - 1,
  }));
  return [...new Map(terms.map((term) => [JSON.stringify(term), term])).values()];
}

/** Whether a text has the letters of all words: a quick test of many messages at once. */
export function mayBeFound(text: string, terms: readonly SearchTerm[]): boolean {
  return hasLetters(foldedText(text), terms);
}

function hasLetters(searched: string, terms: readonly SearchTerm[]): boolean {
  return terms.every(({ words }) => words.every((word) => searched.includes(word)));
}

/** Whether a message has all terms of a search. */
export function isFound(text: string, terms: readonly SearchTerm[]): boolean {
  const searched = foldedText(text);
  // Most messages end here: a word is searched for faster than a text is cut.
  if (!hasLetters(searched, terms)) return false;
  const words = wordsOf(searched);
  const distinct = new Set(words);
  // Words contain no spaces. A phrase is found in one string several times as fast as word by word.
  const line = ` ${words.join(" ")} `;
  return terms.every(({ words: [first, ...others], isPrefix }) =>
    others.length === 0 && !isPrefix
      ? distinct.has(first!)
      : line.includes(` ${[first, ...others].join(" ")}${isPrefix ? "" : " "}`)
  );
}
