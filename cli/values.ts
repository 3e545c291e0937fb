/**
 * Reading of the values that people give to options.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Rate } from "../server/mod.ts";

/** Makes a parser of whole numbers in a range. */
export function integer(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < minimum || number > maximum) {
      throw new InvalidArgumentError(
        `It must be a whole number from ${minimum} to ${maximum}.`,
      );
    }
    return number;
  };
}

/** Reads a port. */
export const port: (value: string) => number = integer(0, 65_535);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Makes a parser of durations such as `500ms`, `10s`, `1.5m`; a bare number is in seconds. It gives
 * milliseconds. */
export function duration(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(value) ?? [];
    const milliseconds = Math.round(Number(number) * UNITS[unit]!);
    if (number === undefined || milliseconds < minimum || milliseconds > maximum) {
      throw new InvalidArgumentError(
        `It must be a duration such as 500ms, 10s or 2m, from ${minimum / 1000} s to ${
          maximum / 1000
        } s.`,
      );
    }
    return milliseconds;
  };
}

/** Reads a rate: `20` (messages a second, twice as many at once), `20:40`, or `off`. */
export function rate(value: string): Rate | null {
  if (value === "off") return null;
  const [, perSecond, burst] = /^(\d+)(?::(\d+))?$/.exec(value) ?? [];
  const parsed = { perSecond: Number(perSecond), burst: Number(burst ?? 2 * Number(perSecond)) };
  if (perSecond === undefined || parsed.perSecond < 1 || parsed.burst < 1) {
    throw new InvalidArgumentError(
      "It must be messages a second such as 20, with a burst such as 20:40, or off.",
    );
  }
  return parsed;
}

/** A host and a port, as far as they were given. */
export interface PartialAddress {
  readonly host?: string;
  readonly port?: number;
}

/**
 * Reads where to go from one or two words: `HOST`, `HOST:PORT`, `HOST PORT`, `[::1]:8080`, `::1`, or a
 * port alone.
 */
export function address(first: string | undefined, second: string | undefined): PartialAddress {
  if (first === undefined) return {};
  if (second !== undefined) return { host: bareHost(first), port: port(second) };
  if (/^\d+$/.test(first)) return { port: port(first) };
  const [, bracketed, bracketedPort] = /^\[([^\]]+)\](?::(\d+))?$/.exec(first) ?? [];
  if (bracketed !== undefined) {
    return bracketedPort === undefined
      ? { host: bracketed }
      : { host: bracketed, port: port(bracketedPort) };
  }
  const colons = first.split(":").length - 1;
  if (colons !== 1) return { host: first }; // none, or an IPv6 address without a port
  const [host, number] = first.split(":") as [string, string];
  return { ...(host === "" ? undefined : { host }), port: port(number) };
}

function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** A host and a port as they are shown: `127.0.0.1:8080`, `[::1]:8080`. */
export function shownAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
