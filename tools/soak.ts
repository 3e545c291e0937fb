/**
 * `deno task soak [MINUTES]`: honest and hostile clients on a real server, and a table of the server's
 * bounds and whether they held. Exit code 1 if a bound was exceeded.
 *
 * @module
 */

import { KIND_NAMES } from "./soak/hostile/kinds.ts";
import { judge } from "./soak/judge.ts";
import { conclusions, soakTable } from "./soak/report.ts";
import { runSoak, type SoakOptions } from "./soak/run.ts";

/** A run of a day with 2000 connections is the largest: load stays bounded by itself. */
const MAX_MINUTES = 24 * 60;
const MAX_CLIENTS = 2000;

export const USAGE = `Usage: deno task soak [MINUTES] [--only KIND,...] [--clients N] \
[--non-readers N]
Puts 30 honest clients and hostile ones (200, or --clients) on one server for 2 or MINUTES minutes, and
compares the measurements with their bounds. Exit codes: 0 within all bounds, 1 a bound was exceeded,
2 wrong usage. Other work on the machine makes the latencies larger.
Kinds: ${KIND_NAMES.join(", ")}`;

/**
 * Reads the command line.
 *
 * @throws {RangeError} with a message for the user.
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

async function main(words: readonly string[]): Promise<number> {
  if (words.some((word) => word === "--help" || word === "-h")) {
    console.log(USAGE);
    return 0;
  }
  let options: SoakOptions;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  const interrupted = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupted.abort());
  const result = await runSoak(options, (line) => console.error(line), interrupted.signal);
  const findings = judge(result);
  console.log(soakTable(result, findings));
  for (const line of conclusions(result, findings)) console.log(line);
  return findings.some(({ verdict }) => verdict === "exceeded") ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
