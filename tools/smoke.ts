/**
 * Tests a program that was built, by running it: `deno run tools/smoke.ts dist/hubbub`. Any command
 * line will do in place of the executable.
 *
 * @module
 */

import { resolve } from "node:path";
import config from "../deno.json" with { type: "json" };
import { withEmptyFolder } from "./repository.ts";
import { SMOKE_TESTS } from "./smoke_test.ts";

/** A program that is not hubbub may print anything; the start of it tells. */
const LONGEST_MESSAGE = 500;

/**
 * Runs all tests, and tells of each.
 *
 * @param command what runs the program: an executable, and what comes before its parameters.
 * @returns true if all passed.
 */
export function smoke(
  command: readonly string[],
  tell: (line: string) => void = console.log,
): Promise<boolean> {
  const [program, ...rest] = command as [string, ...string[]];
  // It is run in another folder; a bare name is looked for in PATH.
  const absolute = /[\\/]/.test(program) ? resolve(program) : program;
  return withEmptyFolder(async (folder) => {
    const subject = { command: [absolute, ...rest], folder, version: config.version };
    let hasPassed = true;
    for (const [name, test] of Object.entries(SMOKE_TESTS)) {
      try {
        await test(subject);
        tell(`PASS ${name}`);
      } catch (error) {
        hasPassed = false;
        const message = error instanceof Error ? error.message : String(error);
        tell(`FAIL ${name}: ${message.slice(0, LONGEST_MESSAGE)}`);
      }
    }
    return hasPassed;
  });
}

if (import.meta.main) {
  if (Deno.args.length === 0) {
    console.error("Usage: deno run tools/smoke.ts COMMAND...");
    Deno.exit(2);
  }
  Deno.exit(await smoke(Deno.args) ? 0 : 1);
}
