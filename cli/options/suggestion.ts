import { distance } from "fastest-levenshtein";

/** Maximum edit distance between the typed word and a suggestion. */
const MAX_EDITS = 3;

/** Minimum share of equal letters, from 0 to 1. */
const MIN_SIMILARITY = 0.4;

/**
 * ` Did you mean "broadcast"?` if one of the words is similar to the typed one, and nothing otherwise.
 * A word that begins with the typed one takes precedence over one that differs in few letters.
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
