/**
 * The values of environment variables. Their bytes need not be UTF-8.
 *
 * @module
 */

import { CliError, EXIT } from "../exit.ts";
import { runtime } from "../runtime/mod.ts";

/** In place of bytes that are not UTF-8, a program reads this character from its surroundings. */
export const REPLACEMENT = "\uFFFD";

/**
 * A variable; {@link REPLACEMENT} is in it if it is not UTF-8: Node has that in place of each wrong byte,
 * and Deno throws.
 */
export function readVariable(name: string): string | undefined {
  try {
    return runtime.variable(name);
  } catch (error) {
    if ((error as Error).name === "InvalidData") return REPLACEMENT;
    throw error; // No permission to read it.
  }
}

/**
 * A variable.
 *
 * @throws {CliError} if it is not UTF-8. The message does not contain its value, which may be a password.
 */
export function variable(name: string): string | undefined {
  const value = readVariable(name);
  if (value?.includes(REPLACEMENT) !== true) return value;
  throw new CliError(`Invalid ${name} in the environment: expected valid UTF-8.`, EXIT.usage);
}
