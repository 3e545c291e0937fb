import { nameColorIndex } from "../core/name_colors.ts";

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

/** Returns the colour of a name in a terminal. */
export function nameColor(name: string): number {
  return NAME_COLORS[nameColorIndex(name, NAME_COLORS.length)]!;
}
