/**
 * Parsers of values that only the options of `bench` have.
 *
 * @module
 */

import { InvalidArgumentError } from "./commander.ts";
import { duration, quantity } from "./numbers.ts";

/** The range of `--rate` and of the ends of `--ramp`, in messages per second. */
export const MESSAGE_RATES = { least: 1, most: 500_000 } as const;

/** A rate that changes evenly, in messages per second. */
export interface RampValue {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

/** Reads `0:1000/s@30s`. */
export function ramp(value: string): RampValue {
  const [, from, to, time] = /^(\d[\d.]*[kM]?):(\d[\d.]*[kM]?)(?:\/s)?@(.+)$/.exec(value) ?? [];
  const rates = [from, to].map((rate) => quantity(rate ?? "", MULTIPLIERS));
  if (time === undefined || rates.some(Number.isNaN)) {
    throw new InvalidArgumentError(
      "expected two rates and the time between them, such as 0:1000/s@30s.",
    );
  }
  return { from: rates[0]!, to: rates[1]!, seconds: duration(100, 86_400_000)(time) / 1000 };
}

/** Reads `1000` or `1000/s`. */
export function messageRate(value: string): number {
  const number = ratePerSecond(value);
  const { least, most } = MESSAGE_RATES;
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(
    `expected messages per second such as 1000/s, from ${least} to ${most}.`,
  );
}

/** Factors of the suffixes of a number. */
const MULTIPLIERS: Readonly<Record<string, number>> = { "": 1, k: 1000, M: 1_000_000 };

/** The number of `1000`, `1.5k` or `2M`, also with `/s` behind it; NaN for other texts. */
function ratePerSecond(value: string): number {
  return quantity(value.replace(/\/s$/, ""), MULTIPLIERS);
}

/** Makes a parser of whole numbers in a range, such as `500`, `1k` or `2M`. */
export function count(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = quantity(value, MULTIPLIERS);
    if (Number.isInteger(number) && number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(
      `expected a whole number from ${minimum} to ${maximum}, such as ${
        maximum >= 1000 ? "500 or 1k" : maximum
      }.`,
    );
  };
}

/** Makes a parser of `500` or `500/s`. */
export function perSecond(most: number): (value: string) => number {
  return (value) => {
    const number = ratePerSecond(value);
    if (number > 0 && number <= most) return number;
    throw new InvalidArgumentError(
      `expected a number per second such as 20/s, over 0 and up to ${most}.`,
    );
  };
}

/** Reads the words behind `--`, as JSON. */
export function serverCommand(json: string): readonly string[] {
  return JSON.parse(json);
}
