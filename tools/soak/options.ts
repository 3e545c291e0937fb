import { KIND_NAMES } from "./hostile/kinds.ts";

/** What one run of the soak does. */
export interface SoakOptions {
  /** Time with the hostile crowd, in minutes; default 2. */
  readonly minutes: number;
  /** Hostile clients in all; default 200. */
  readonly clients: number;
  /** Non-readers, of all their kinds together; `undefined` for their share of {@link clients}. */
  readonly nonReaders: number | undefined;
  /** The kinds of hostile clients that take part; default all. */
  readonly kinds: readonly string[];
}

/** A run of a day with 2000 connections is the largest: load stays bounded by itself. */
const MAX_MINUTES = 24 * 60;
const MAX_CLIENTS = 2000;

/** How the soak is called. */
export const USAGE = `Usage: deno task soak [MINUTES] [--only KIND,...] [--clients N] \
[--non-readers N]
Puts 22 honest clients and hostile ones (200, or --clients) on one server for 2 or MINUTES minutes, and
compares the measurements with their bounds. Exit codes: 0 within all bounds, 1 a bound was exceeded,
2 wrong usage. Other work on the machine makes the latencies larger.
Kinds: ${KIND_NAMES.join(", ")}`;

/**
 * Reads the command line.
 *
 * @throws {RangeError} with a sentence for the user.
 */
export function readOptions(words: readonly string[]): SoakOptions {
  let minutes = 2;
  let clients = 200;
  let nonReaders: number | undefined;
  let kinds: readonly string[] = KIND_NAMES;
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (/^\d/.test(word)) minutes = numberOf(word, "minutes", 0.05, MAX_MINUTES);
    else if (word === "--clients") clients = wholeOf(rest.shift(), word);
    else if (word === "--non-readers") nonReaders = wholeOf(rest.shift(), word);
    else if (word === "--only") kinds = kindsOf(rest.shift() ?? "");
    else throw new RangeError(`Unknown argument "${word}".`);
  }
  return { minutes, clients, nonReaders, kinds };
}

function numberOf(word: string | undefined, what: string, least: number, most: number): number {
  const value = Number(word || NaN);
  if (value >= least && value <= most) return value;
  throw new RangeError(`Invalid ${what} "${word ?? ""}": expected ${least} to ${most}.`);
}

function wholeOf(word: string | undefined, option: string): number {
  return Math.floor(numberOf(word, option, 1, MAX_CLIENTS));
}

function kindsOf(words: string): string[] {
  const kinds = words.split(",");
  const unknown = kinds.find((kind) => !KIND_NAMES.includes(kind));
  if (unknown === undefined) return kinds;
  throw new RangeError(`Unknown kind "${unknown}".`);
}
