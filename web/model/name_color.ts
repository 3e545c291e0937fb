import { nameKey } from "../../protocol/names.ts";

/** Colours of names that the style sheet has. */
export const NAME_COLORS = 8;

/** Which of the colours a name has: the same for everybody, and however it is written. */
export function nameColor(name: string): number {
  let hash = 0;
  for (const character of nameKey(name)) {
    hash = (Math.imul(hash, 31) + character.codePointAt(0)!) | 0;
  }
  return Math.abs(hash) % NAME_COLORS;
}
