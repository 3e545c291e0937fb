import { distance } from "fastest-levenshtein";

/** Most edits between what was typed and what may have been meant. */
const MAX_EDITS = 3;

/** Least share of the letters that are the same. */
const MIN_SIMILARITY = 0.4;

/**
 * ` Did you mean "broadcast"?` where one of the words resembles what was typed, and nothing otherwise.
 * A word that begins with what was typed comes before one that differs from it in few letters.
 */
export function suggestion(typed: string, words: readonly string[]): string {
  const meant = words.find((word) => typed.length > 1 && word.startsWith(typed)) ??
    nearest(typed, words);
  return meant === undefined ? "" : ` Did you mean "${meant}"?`;
}

function nearest(typed: string, words: readonly string[]): string | undefined {
  const close = words
    .map((word) => ({ word, edits: distance(typed.slice(0, 64).toLowerCase(), word) }))
    .filter(({ word, edits }) =>
      edits <= MAX_EDITS && 1 - edits / Math.max(typed.length, word.length) > MIN_SIMILARITY
    );
  return close.sort((one, other) => one.edits - other.edits)[0]?.word;
}
