import { readFile } from "node:fs/promises";

/** Reads a file below `/proc`; `undefined` if it does not exist or may not be read. */
export type ReadProc = (path: string) => Promise<string | undefined>;

/** Reads a file below `/proc` with `node:fs`, which Deno allows only with all permissions. */
export const readProcFile: ReadProc = async (path) => {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
};
