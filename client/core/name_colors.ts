import { nameKey } from "../../protocol/names.ts";

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
