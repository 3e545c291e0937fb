import { ServerWatch } from "../bench/monitoring/server_watch.ts";
import { CliError, EXIT } from "./exit.ts";
import { runtime } from "./runtime/mod.ts";

/**
 * Reads a file below `/proc` through `/bin/cat`. The runtime itself reads there only with all
 * permissions, and this needs `--allow-run=/bin/cat` and nothing else.
 *
 * @returns `undefined` if the file or `/bin/cat` does not exist.
 */
export async function readProcThroughCat(path: string): Promise<string | undefined> {
  const { success, text } = await output("/bin/cat", path);
  return success ? text : undefined;
}

/** Reads several files below `/proc` as one text, without those that do not exist. */
async function readAllProcThroughCat(paths: readonly string[]): Promise<string> {
  return paths.length === 0 ? "" : (await output("/bin/cat", ...paths)).text;
}

/**
 * The names in a folder below `/proc`, through `/bin/ls`, for the same reason.
 *
 * @returns `undefined` if the folder or `/bin/ls` does not exist, or there is no permission to read it.
 */
async function listProcThroughLs(path: string): Promise<readonly string[] | undefined> {
  const { success, text } = await output("/bin/ls", path);
  return success ? text.split("\n").filter((name) => name !== "") : undefined;
}

/** Watches a server's process on this machine; `undefined` without a process, and on other systems than
 * Linux. */
export function watchOf(pid: number | undefined, port: number): ServerWatch | undefined {
  if (pid === undefined || runtime.os !== "linux") return undefined;
  return new ServerWatch(pid, port, {
    readProc: readProcThroughCat,
    readAllProc: readAllProcThroughCat,
    listProc: listProcThroughLs,
    now: () => performance.now(),
  });
}

/** @throws {CliError} if there is no such process. Checks nothing on other systems than Linux. */
export async function checkProcess(pid: number | undefined): Promise<void> {
  if (pid === undefined || runtime.os !== "linux") return;
  if (await readProcThroughCat(`/proc/${pid}/stat`) !== undefined) return;
  throw new CliError(`Cannot watch process ${pid}: no process has that number.`, EXIT.usage);
}

async function output(program: string, ...args: readonly string[]) {
  try {
    const { success, stdout } = await runtime.run(program, args, { clearEnv: true });
    return { success, text: new TextDecoder().decode(stdout) };
  } catch {
    return { success: false, text: "" };
  }
}
