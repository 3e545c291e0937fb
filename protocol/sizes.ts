/**
 * Sizes of files, as people read them.
 *
 * @module
 */

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/**
 * A number of bytes in decimal units, as files are usually told: `512 bytes`, `2.3 MB`, `25 MB`.
 *
 * It is rounded down, so that nothing is told to be there before it is.
 */
export function sizeText(bytes: number): string {
  if (bytes === 1) return "1 byte";
  let unit = 0;
  while (bytes >= 1000 ** (unit + 1) && unit < UNITS.length - 1) unit++;
  const value = bytes / 1000 ** unit;
  const shown = unit === 0 || value >= 10 ? Math.floor(value) : Math.floor(value * 10) / 10;
  return `${shown} ${UNITS[unit]}`;
}
