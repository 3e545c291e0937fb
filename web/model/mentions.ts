/** Whether a text names somebody, as a word of its own and without regard to case. */
export function mentions(text: string, name: string): boolean {
  return name !== "" && patternOf(name).test(text);
}

/** Cuts a text where it names somebody; put together, the parts are the text again. */
export function findMentions(
  text: string,
  name: string,
): { readonly text: string; readonly isMention: boolean }[] {
  if (name === "") return [{ text, isMention: false }];
  // One group: `split` gives what is between the names and the names in turn.
  return text.split(patternOf(name))
    .map((part, index) => ({ text: part, isMention: index % 2 === 1 }))
    .filter((part) => part.text !== "");
}

/** What has a meaning of its own in a regular expression. */
const SPECIAL = /[\^$\\.*+?()[\]{}|/]/g;

/** A name is no part of a longer word, so letters, digits and marks may not be next to it. */
function patternOf(name: string): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}\\p{M}_])(${name.replace(SPECIAL, "\\$&")})(?![\\p{L}\\p{N}\\p{M}_])`,
    "iu",
  );
}
