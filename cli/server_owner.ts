import { OWNER_VARIABLE } from "./options/variable_names.ts";
import { readVariable } from "./options/variables.ts";
import { runtime } from "./runtime/mod.ts";

/** Makes this program, run with `stdin: "piped"` as a server, end with the program that has started it. */
export const OWNED = { [OWNER_VARIABLE]: "1" } as const;

/** Whether this server was started by the load tester, or by a lesson, for itself. An empty variable
 * counts as not set. */
export function isOwnServer(): boolean {
  return (readVariable(OWNER_VARIABLE) ?? "") !== "";
}

/** Resolves when the program that started this server for itself has ended without stopping it: the
 * system then closes the pipe that is the standard input. */
export async function ownerGone(): Promise<void> {
  if (!isOwnServer()) return await new Promise(() => {});
  const input = new Uint8Array(1);
  while (await runtime.readInput(input).catch(() => null) !== null);
}
