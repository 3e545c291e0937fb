import { ServerWatch } from "../bench/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { listProcThroughLs, readAllProcThroughCat, readProcThroughCat } from "./proc_files.ts";

/** Watches a server's process on this machine, where there is something to be seen. */
export function watchOf(pid: number | undefined, port: number): ServerWatch | undefined {
  if (pid === undefined || Deno.build.os !== "linux") return undefined;
  return new ServerWatch(pid, port, {
    readProc: readProcThroughCat,
    readAllProc: readAllProcThroughCat,
    listProc: listProcThroughLs,
    now: () => performance.now(),
  });
}

/** @throws {CliError} if a process cannot be watched, where any can. */
export async function checkProcess(pid: number | undefined): Promise<void> {
  if (pid === undefined || Deno.build.os !== "linux") return;
  if (await readProcThroughCat(`/proc/${pid}/stat`) !== undefined) return;
  throw new CliError(`Cannot watch process ${pid}: there is none of that number.`, EXIT.usage);
}
