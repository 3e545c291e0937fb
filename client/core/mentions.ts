/** Start and end of a mention in a text, in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/** Characters with a meaning of their own in a regular expression. */
const SPECIAL = /[\^$\\.*+?()[\]{}|/]/g;

/**
 * Finds a name in a text, without regard to case, as a whole word.
 *
 * `Ann` is in "ann: look" and "@Ann!", but not in "Annie" or "Joann". An empty name is never found.
 */
export function mentionsOf(text: string, name: string): Span[] {
  if (name === "") return [];
  // Letters, digits and marks may not be next to the name: it would be part of a longer word.
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}\\p{M}_])${name.replace(SPECIAL, "\\$&")}(?![\\p{L}\\p{N}\\p{M}_])`,
    "giu",
  );
  return [...text.matchAll(pattern)].map(({ 0: { length }, index }) => [index, index + length]);
}

/** Splits a text into mentions of a name and the text between them; joined, the parts are the text. */
export function splitAtMentions(
  text: string,
  name: string,
): { readonly text: string; readonly isMention: boolean }[] {
  const parts: { text: string; isMention: boolean }[] = [];
  let end = 0;
  for (const [start, next] of mentionsOf(text, name)) {
    parts.push({ text: text.slice(end, start), isMention: false });
    parts.push({ text: text.slice(start, next), isMention: true });
    end = next;
  }
  parts.push({ text: text.slice(end), isMention: false });
  return parts.filter((part) => part.text !== "");
}
