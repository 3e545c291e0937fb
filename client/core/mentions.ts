/** Where a text mentions a name: a start and an end in each. */
export type Span = readonly [start: number, end: number];

const WORD = /[\p{L}\p{N}\p{M}_]/u;

/**
 * Finds a name in a text, without regard to case, where it stands as a word of its own.
 *
 * `Ann` is in "ann: look" and "@Ann!", and not in "Annie" or "Joann".
 */
export function mentionsOf(text: string, name: string): Span[] {
  const wanted = name.toLowerCase();
  const lower = text.toLowerCase();
  // A few letters change their length with their case; then places in one are not those in the other.
  if (wanted === "" || lower.length !== text.length) return [];
  const spans: Span[] = [];
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (isWord(characterBefore(lower, at)) || isWord(characterAt(lower, end))) continue;
    spans.push([at, end]);
    at = end - 1;
  }
  return spans;
}

function isWord(character: string): boolean {
  return WORD.test(character);
}

function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function characterBefore(text: string, index: number): string {
  const low = text.charCodeAt(index - 1);
  return characterAt(text, low >= 0xdc00 && low <= 0xdfff ? index - 2 : index - 1);
}
