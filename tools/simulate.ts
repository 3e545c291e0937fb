/**
 * `deno task simulate`: runs the server and its clients in simulated worlds, and compares what they did
 * with what they promise. Exit code 1 if a promise did not hold.
 *
 * @module
 */

import { runSeeds } from "../tests/simulation/seeds.ts";
import { type RunResult, simulate } from "../tests/simulation/simulate.ts";

/** Failing seeds after which a run of many ends. */
const MAX_FAILURES = 20;

/** Seeds between two lines of progress. */
const PROGRESS_SEEDS = 1000;

export const USAGE = `Usage: deno task simulate [--seeds N] [--from SEED] [--threads N]
       deno task simulate --seed SEED [--trace]
Runs 2000 seeds, or N, from 1 or SEED on, and prints each one whose run broke a promise. The same seed
always makes the same run: --seed prints what was broken, and with --trace every step.
Exit codes: 0 all promises held, 1 one did not, 2 wrong usage.`;

/** What to run: many seeds, or one in detail. */
export type SimulateOptions =
  | {
    readonly type: "many";
    readonly from: number;
    readonly count: number;
    readonly threads: number;
  }
  | { readonly type: "one"; readonly seed: number; readonly hasTrace: boolean };

/**
 * Reads the command line.
 *
 * @throws {RangeError} with a message for the user.
 */
export function readOptions(words: readonly string[]): SimulateOptions {
  const values = { seeds: 2000, from: 1, threads: navigator.hardwareConcurrency };
  let seed: number | undefined;
  let hasTrace = false;
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift()!;
    const name = /^--(seeds|from|threads)$/.exec(word)?.[1];
    if (name !== undefined) values[name as keyof typeof values] = numberOf(rest.shift(), word);
    else if (word === "--seed") seed = numberOf(rest.shift(), word);
    else if (word === "--trace") hasTrace = true;
    else throw new RangeError(`Unknown argument "${word}".`);
  }
  if (seed !== undefined) return { type: "one", seed, hasTrace };
  if (hasTrace) throw new RangeError("--trace needs --seed.");
  return { type: "many", from: values.from, count: values.seeds, threads: values.threads };
}

function numberOf(word: string | undefined, option: string): number {
  const value = Number(word || NaN);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`Invalid ${option} "${word ?? ""}": expected a whole number from 1 on.`);
}

async function runMany(from: number, count: number, threads: number): Promise<number> {
  const start = performance.now();
  const totals: Record<string, number> = {};
  let done = 0;
  let failures = 0;
  await runSeeds(from, count, threads, (result) => {
    done++;
    for (const [what, number] of Object.entries(result.counts)) {
      totals[what] = (totals[what] ?? 0) + number;
    }
    if (result.violations.length > 0) {
      failures++;
      console.log(`seed ${result.seed}: ${result.violations[0]}`);
    }
    if (done % PROGRESS_SEEDS === 0) console.error(`${done} of ${count} seeds`);
    return failures >= MAX_FAILURES;
  });
  const seconds = (performance.now() - start) / 1000;
  const counts = Object.entries(totals).map(([what, number]) => `${what}: ${number}`).join(", ");
  console.log(`${done} seeds in ${seconds.toFixed(1)} s, ${failures} broke a promise (${counts})`);
  return failures === 0 ? 0 : 1;
}

async function runOne(seed: number, hasTrace: boolean): Promise<number> {
  const result: RunResult = await simulate(
    seed,
    hasTrace ? { print: (line) => console.log(line) } : {},
  );
  for (const violation of result.violations) console.log(violation);
  console.log(`seed ${seed}: hash ${result.hash}, ${JSON.stringify(result.counts)}`);
  return result.violations.length === 0 ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  if (words.some((word) => word === "--help" || word === "-h")) {
    console.log(USAGE);
    return 0;
  }
  let options: SimulateOptions;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  return options.type === "one"
    ? await runOne(options.seed, options.hasTrace)
    : await runMany(options.from, options.count, options.threads);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
