import { nameKey } from "../../protocol/names.ts";

/**
 * The terminal's colours for names, among the 256 that most terminals have: distinct from each other,
 * with a contrast of at least 3.5 on white and on black, and of 3 on the dark grey of many themes (a
 * test computes it; WCAG 2 requires 3 for large text).
 */
export const NAME_COLORS = [
  28,
  30,
  32,
  62,
  67,
  97,
  99,
  100,
  129,
  130,
  132,
  134,
  160,
  162,
  164,
  166,
  198,
] as const;

/**
 * Assigns one of `count` colours to a name: the same on every machine, in every client with as many
 * colours, and for all spellings of the name.
 *
 * @returns an index from 0 to `count - 1`.
 */
export function nameColorIndex(name: string, count: number): number {
  // FNV-1a of 32 bits: short names that differ in one letter get unrelated values.
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(nameKey(name))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0) % count;
}

/** Returns the colour of a name in a terminal. */
export function nameColor(name: string): number {
  return NAME_COLORS[nameColorIndex(name, NAME_COLORS.length)]!;
}
