import { readFile } from "node:fs/promises";

/** Reads a file below `/proc`; `undefined` where there is none, or where it may not be read. */
export type ReadProc = (path: string) => Promise<string | undefined>;

/** Reads it as any file. Deno lets a program do so only with all permissions. */
export const readProcFile: ReadProc = async (path) => {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
};
