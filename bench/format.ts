/**
 * Human-readable numbers.
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

/** Microseconds in three digits and the unit that fits: `8.25 µs`, `1.23 ms`, `12.0 s`. */
export function duration(microseconds: number): string {
  return inThreeDigits(microseconds, ["µs", "ms", "s"]);
}

/** Nanoseconds in three digits and the unit that fits: `85.0 ns`, `1.23 µs`. */
export function shortDuration(nanoseconds: number): string {
  return inThreeDigits(nanoseconds, ["ns", "µs", "ms", "s"]);
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
  const [rest, unit] = inUnit(value, units);
  return rest.toFixed(unit === 0 ? 0 : decimalsOf(rest)) + space + units[unit];
}

function inThreeDigits(value: number, units: readonly string[]): string {
  const [rest, unit] = inUnit(value, units);
  return `${rest.toFixed(rest === 0 ? 0 : decimalsOf(rest))} ${units[unit]}`;
}

/** A value in the largest unit in which it is at least 1, and the index of that unit. */
function inUnit(value: number, units: readonly string[]): [rest: number, unit: number] {
  let unit = 0;
  let rest = value;
  // 999.5 would be rounded up to a fourth digit.
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return [rest, unit];
}

/** How many decimals make three digits. */
function decimalsOf(value: number): number {
  return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}
