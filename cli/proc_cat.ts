/**
 * Reads below `/proc` through `/bin/cat`. The runtime itself reads there only with all permissions, and
 * this needs `--allow-run=/bin/cat` and nothing else.
 *
 * @module
 */

import { runtime } from "./runtime/mod.ts";

/** The content of a file; `undefined` if the file or `/bin/cat` does not exist. */
export async function readProcThroughCat(path: string): Promise<string | undefined> {
  const { success, text } = await outputOf("/bin/cat", path);
  return success ? text : undefined;
}

/** The output of a program without an environment. It is started before this returns its promise. */
export async function outputOf(program: string, ...args: readonly string[]) {
  try {
    const { success, stdout } = await runtime.run(program, args, { clearEnv: true });
    return { success, text: new TextDecoder().decode(stdout) };
  } catch {
    return { success: false, text: "" };
  }
}
