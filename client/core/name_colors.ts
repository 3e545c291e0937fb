/**
 * Colours of the 256 that most terminals have which stand out from each other, and have a contrast
 * of 3.5 or more on white and on black, and of 3 on the dark grey that many themes have (a test
 * computes it; WCAG 2 asks for 3 of large text).
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

/** The colour of a name: always the same, on every machine, whatever its case. */
export function nameColor(name: string): number {
  // FNV-1a of 32 bits: short names that differ in a letter come out far apart.
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name.toLowerCase())) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return NAME_COLORS[(hash >>> 0) % NAME_COLORS.length]!;
}
