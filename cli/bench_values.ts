/**
 * Reading of the values that only the load tester's options have.
 *
 * @module
 */

import { type CommandUnknownOpts, InvalidArgumentError } from "@commander-js/extra-typings";
import {
  type Assertion,
  assertionSyntax,
  type Metrics,
  parseAssertions,
  type ProfileName,
  PROFILES,
  type Ramp,
  RATES,
} from "../bench/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { duration } from "./options/values.ts";

/** What `--profile` takes. */
export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];

/** Reads `0:1000/s@30s`. */
export function ramp(value: string): Ramp {
  const [, from, to, time] = /^(\d[\d.]*[kM]?):(\d[\d.]*[kM]?)(?:\/s)?@(.+)$/.exec(value) ?? [];
  const rates = [from, to].map((rate) => scaledNumber(rate ?? ""));
  if (time === undefined || rates.some(Number.isNaN)) {
    throw new InvalidArgumentError(
      "It must be two rates and the time between them, such as 0:1000/s@30s.",
    );
  }
  return { from: rates[0]!, to: rates[1]!, seconds: duration(100, 86_400_000)(time) / 1000 };
}

/** Reads `1000` or `1000/s`. */
export function messageRate(value: string): number {
  const number = scaledNumber(value.replace(/\/s$/, ""));
  if (number >= RATES.least && number <= RATES.most) return number;
  throw new InvalidArgumentError(
    `It must be messages per second such as 1000/s, from ${RATES.least} to ${RATES.most}.`,
  );
}

/** What may stand behind a number, and what it is multiplied by. */
const MULTIPLIERS: Readonly<Record<string, number>> = { "": 1, k: 1000, M: 1_000_000 };

/** Reads `1000`, `1k`, `1.5k` or `2M`; NaN where it is none of these. */
function scaledNumber(value: string): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([kM])?$/.exec(value) ?? [];
  // 1.001 * 1000 is not a whole number.
  return digits === undefined ? NaN : Number((Number(digits) * MULTIPLIERS[unit]!).toPrecision(15));
}

/** Makes a parser of whole numbers in a range, such as `500`, `1k` or `2M`. */
export function count(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = scaledNumber(value);
    if (Number.isInteger(number) && number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(
      `It must be a whole number from ${minimum} to ${maximum}, such as ${
        maximum >= 1000 ? "500 or 1k" : maximum
      }.`,
    );
  };
}

/** Makes a parser of `500` or `500/s`. */
export function perSecond(most: number): (value: string) => number {
  return (value) => {
    const number = scaledNumber(value.replace(/\/s$/, ""));
    if (number > 0 && number <= most) return number;
    throw new InvalidArgumentError(
      `It must be a number a second such as 20/s, over 0 and up to ${most}.`,
    );
  };
}

/** Makes a parser of what must hold, which adds it to what was given before. */
export function assertionsOf<Result>(metrics: Metrics<Result>) {
  return (value: string, previous: readonly Assertion<Result>[] = []) => {
    try {
      return [...previous, ...parseAssertions(value, metrics)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InvalidArgumentError(`${error.message}. ${assertionSyntax(metrics)}`);
    }
  };
}

/**
 * How many of a number of connections send: as many as were given, and of a default at most all.
 *
 * @throws {CliError} where more were given than there are.
 */
export function sendersAmong(command: CommandUnknownOpts, connections: number): number {
  const { senders } = command.opts() as { senders: number };
  if (senders <= connections) return senders;
  if (command.getOptionValueSource("senders") === "default") return connections;
  throw new CliError(
    `Cannot use ${senders} senders with ${connections} connections that can send. Give at most ` +
      `-s ${connections}, or more connections.`,
    EXIT.usage,
  );
}
