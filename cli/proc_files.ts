import { ServerWatch } from "../bench/monitoring/server_watch.ts";
import { CliError, EXIT } from "./exit.ts";
import { outputOf, readProcThroughCat } from "./proc_cat.ts";
import { runtime } from "./runtime/mod.ts";

/** Reads several files below `/proc` as one text, without those that do not exist. */
async function readAllProcThroughCat(paths: readonly string[]): Promise<string> {
  return paths.length === 0 ? "" : (await outputOf("/bin/cat", ...paths)).text;
}

/**
 * The names in a folder below `/proc`, through `/bin/ls`, for the same reason.
 *
 * @returns `undefined` if the folder or `/bin/ls` does not exist, or there is no permission to read it.
 */
async function listProcThroughLs(path: string): Promise<readonly string[] | undefined> {
  const { success, text } = await outputOf("/bin/ls", path);
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
