const FIRST_MILLISECONDS = 500;
const LONGEST_MILLISECONDS = 30_000;

/**
 * How long to wait before the next attempt to connect, in milliseconds.
 *
 * Twice as long each time, up to half a minute, and half of it by chance: when a server is back, its
 * clients should not all come at the same moment.
 *
 * @param failures attempts that failed so far, from 1.
 * @param random from 0 to 1.
 */
export function retryDelay(failures: number, random: number): number {
  const longest = Math.min(FIRST_MILLISECONDS * 2 ** (failures - 1), LONGEST_MILLISECONDS);
  return Math.round(longest * (0.5 + random / 2));
}
