/**
 * Numbers as people read them.
 *
 * @module
 */

/** A number in three digits, with `k`, `M` or `G` from a thousand on: `999`, `1.23k`, `12.3M`. */
export function compact(value: number): string {
  return scaled(value, ["", "k", "M", "G", "T"], "");
}

/** A number of bytes in three digits, in powers of a thousand: `512 B`, `27.9 MB`. */
export function bytes(value: number): string {
  return scaled(value, ["B", "kB", "MB", "GB", "TB"], " ");
}

/** A whole number with its thousands set apart: `25,583`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 delivery`, `2 deliveries`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

function scaled(value: number, units: readonly string[], space: string): string {
  let unit = 0;
  let rest = value;
  // 999.5 would be rounded up to a fourth digit.
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const decimals = unit === 0 ? 0 : rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0;
  return rest.toFixed(decimals) + space + units[unit];
}
