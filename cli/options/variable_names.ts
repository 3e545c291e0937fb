import { runtime } from "../runtime/mod.ts";

/** Set by this program for a command of it that it runs for itself. */
export const OWNER_VARIABLE = "HUBBUB_OWNER";

/** The prefix of the variables of the program. */
export const PREFIX = "HUBBUB_";

/** The prefix of the variables of this project's tests. */
const TEST_PREFIX = "HUBBUB_TEST_";

/**
 * The names of the environment variables with the prefix, but those of this project's tests; empty if
 * they cannot be listed. The runtime lists them only with the permission to read all of them; without
 * it, `/bin/cat` does on Linux.
 */
export async function environmentNames(): Promise<string[]> {
  return (await allNames()).filter(isOwnVariable);
}

/** Whether a variable is meant for the program, by its prefix. */
export function isOwnVariable(name: string): boolean {
  return name.startsWith(PREFIX) && !name.startsWith(TEST_PREFIX);
}

async function allNames(): Promise<string[]> {
  try {
    if (runtime.isGranted({ name: "env" })) return runtime.variableNames();
    if (runtime.os !== "linux") return [];
    const { stdout } = await runtime.run("/bin/cat", ["/proc/self/environ"]);
    return new TextDecoder().decode(stdout).split("\0").map((entry) => entry.split("=", 1)[0]!);
  } catch {
    return [];
  }
}
