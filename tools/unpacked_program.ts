/**
 * The program as an executable has it: its embedded files, unpacked, and nothing else. Deno itself runs
 * them here, where an executable would need the base runtime.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { ENTRY, PERMISSIONS } from "./compile_arguments.ts";
import { embeddedFiles, readEmbedded } from "./embedded_data.ts";
import { lockPackages } from "./kept_packages.ts";

/** The name that Deno gives every registry when it embeds packages. */
const REGISTRY = "localhost";

/** How to start an unpacked program. */
export interface UnpackedProgram {
  readonly command: readonly string[];
  /** Variables without which Deno would find the packages that are installed on this machine. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Writes the embedded files of an executable to an empty folder.
 *
 * The packages go to a cache of Deno of their own, and those that are not embedded cannot be fetched: a
 * missing file or package ends the program where it is needed.
 */
export async function unpackProgram(
  executable: Uint8Array,
  folder: string,
): Promise<UnpackedProgram> {
  const [program, cache] = [join(folder, "program"), join(folder, "cache")];
  for (const { path, isOfPackage, bytes } of embeddedFiles(executable)) {
    const target = isOfPackage ? join(cache, "npm", path) : join(program, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeFile(target, bytes);
  }
  await lockPackages(join(program, "deno.lock"), readEmbedded(executable).packages);
  return {
    command: [
      Deno.execPath(),
      "run",
      "--cached-only",
      ...PERMISSIONS,
      join(program, ENTRY),
    ],
    env: { DENO_DIR: cache, NPM_CONFIG_REGISTRY: `http://${REGISTRY}/` },
  };
}
