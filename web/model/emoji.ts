import { EMOJI_TABLE } from "./emoji_table.ts";
import type { Suggestions } from "./suggestions.ts";

/** The emoji by their names. */
export const EMOJI: ReadonlyMap<string, string> = new Map(
  [...EMOJI_TABLE.matchAll(/(\S+) (\S+)/g)].map(([, emoji, name]) => [name!, emoji!]),
);

/** Maximum number of suggested emoji. */
const MAX_SUGGESTIONS = 10;

/** A name that is being typed. A colon in the middle of a word, as in a time, begins none. */
const BEGINNING = /(?:^|[\s(])(:([a-z0-9_+-]{2,}))$/;
const COMPLETE = /(?:^|[\s(]):([a-z0-9_+-]+):$/;

/**
 * Suggests emoji for a `:name` before the caret: those whose names begin with it, then those with it as a
 * later word of their names.
 *
 * @returns `undefined` without suggestions.
 */
export function suggestEmoji(text: string, caret: number): Suggestions | undefined {
  const before = text.slice(0, caret);
  const [, typed = "", word = ""] = BEGINNING.exec(before) ?? [];
  if (word === "") return undefined;
  const names = [...EMOJI.keys()];
  const found = [
    ...names.filter((name) => name.startsWith(word)),
    ...names.filter((name) => !name.startsWith(word) && name.includes(`_${word}`)),
  ];
  if (found.length === 0) return undefined;
  const suggestions = found.slice(0, MAX_SUGGESTIONS).map((name) => {
    const emoji = EMOJI.get(name)!;
    return { text: `${emoji} `, label: `${emoji} :${name}:`, detail: "" };
  });
  return { start: caret - typed.length, end: caret, suggestions, isComplete: false };
}

/**
 * Replaces a `:name:` that ends at the caret by its emoji: the user has typed the last colon.
 *
 * @returns the new text and caret; `undefined` without such a name.
 */
export function withEmoji(
  text: string,
  caret: number,
): { readonly text: string; readonly caret: number } | undefined {
  const before = text.slice(0, caret);
  const [, name = ""] = COMPLETE.exec(before) ?? [];
  const emoji = EMOJI.get(name);
  if (emoji === undefined) return undefined;
  const start = caret - name.length - 2;
  return { text: text.slice(0, start) + emoji + text.slice(caret), caret: start + emoji.length };
}

/** Code, which stays unchanged, or a complete name. */
const CODE_OR_NAME = /```[^]*?```|`[^`\n]*`|(?<=^|[\s(]):([a-z0-9_+-]+):/gm;

/** Replaces all complete names in a text that is sent, except in code. */
export function withAllEmoji(text: string): string {
  return text.replace(CODE_OR_NAME, (found, name?: string) => EMOJI.get(name ?? "") ?? found);
}
