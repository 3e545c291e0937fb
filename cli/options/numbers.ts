/**
 * Parsers of numbers in options: whole numbers, ports, durations and sizes. Each throws an
 * InvalidArgumentError with what was expected, as the end of a sentence.
 *
 * @module
 */

import { InvalidArgumentError } from "./commander.ts";

/** The number that a text of digits is; `undefined` for other texts, and out of the range. */
export function wholeNumber(text: string, minimum = 0, maximum = Infinity): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  return number >= minimum && number <= maximum ? number : undefined;
}

/** The product of a decimal number and the unit behind it; NaN for other texts. */
export function quantity(text: string, units: Readonly<Record<string, number>>): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  if (digits === undefined || !Object.hasOwn(units, unit)) return NaN;
  // 1.001 * 1000 is not a whole number.
  return Number((Number(digits) * units[unit]!).toPrecision(15));
}

/** Makes a parser of whole numbers in a range. */
export function integer(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = wholeNumber(value, minimum, maximum);
    if (number !== undefined) return number;
    throw new InvalidArgumentError(`expected a whole number from ${minimum} to ${maximum}.`);
  };
}

/** The highest port. */
export const MAX_PORT = 65_535;

/** Reads a port to listen on. */
export const port: (value: string) => number = integer(0, MAX_PORT);

/** Reads the port of a server to connect to. */
export const serverPort: (value: string) => number = integer(1, MAX_PORT);

/** Milliseconds of the units of a duration. */
const DURATION_UNITS: Readonly<Record<string, number>> = {
  "": 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Makes a parser of durations such as `500ms`, `10s`, `1.5m`; a bare number is in seconds. Returns
 * milliseconds. */
export function duration(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const milliseconds = Math.round(quantity(value, DURATION_UNITS));
    if (milliseconds >= minimum && milliseconds <= maximum) return milliseconds;
    const lacksUnit = Number(value) > maximum / 1000 && Number(value) <= maximum;
    throw new InvalidArgumentError(
      `expected a duration such as ${lacksUnit ? `${value}ms` : "500ms"}, 10s or 2m, from ${
        minimum / 1000
      } s to ${maximum / 1000} s.`,
    );
  };
}

/** Bytes of the units of a size. */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1000,
  KiB: 1024,
  MB: 1_000_000,
  MiB: 1_048_576,
  GB: 1_000_000_000,
  GiB: 1_073_741_824,
};

/** Makes a parser of sizes such as `65536`, `256KiB` or `4MiB`. Returns bytes. */
export function size(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const bytes = value.includes(".") ? NaN : quantity(value, SIZE_UNITS);
    if (bytes >= minimum && bytes <= maximum) return bytes;
    throw new InvalidArgumentError(
      `expected a size such as 256KiB or 4MiB, from ${minimum} to ${maximum} bytes.`,
    );
  };
}
