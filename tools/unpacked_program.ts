/**
 * The program as an executable has it: its embedded files, unpacked, and nothing else. Deno itself runs
 * them here, where an executable would need the base runtime.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { ENTRY, PERMISSIONS } from "./compile_arguments.ts";
import { embeddedFiles, readEmbedded } from "./embedded_data.ts";
import { REPOSITORY } from "./repository.ts";

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
  const packages = readEmbedded(executable).packages;
  await keepEmbedded(join(program, "deno.json"), packages);
  await lockEmbedded(join(program, "deno.lock"), packages);
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

/** What the manifest of a package says of its dependencies. */
type Manifest = Readonly<Record<string, unknown>>;

/** Removes the packages that are not embedded from a configuration: Deno would fetch them at the start. */
async function keepEmbedded(path: string, packages: readonly string[]): Promise<void> {
  const { version, unstable, imports }: Manifest = await readJson(path);
  const kept = Object.entries(imports as Record<string, string>)
    .filter(([, target]) => packages.includes(target.replace(/^npm:\/?|\/$/g, "")));
  await writeJson(path, { version, unstable, imports: Object.fromEntries(kept) });
}

/** Writes the lock file without the packages that are not embedded. */
async function lockEmbedded(path: string, packages: readonly string[]): Promise<void> {
  const lock = await readJson(join(REPOSITORY, "deno.lock"));
  const { specifiers, npm } = lock as Readonly<Record<string, Record<string, string>>>;
  // An id ends with what the package was installed beside: `a@1_b@2`.
  const isKept = (id: string) => packages.includes(/^@?[^@]+@[^_]+/.exec(id)![0]);
  const kept = Object.entries(specifiers!).filter(([specifier, version]) =>
    isKept(`${specifier.replace(/^npm:(.+)@[^@]*$/, "$1")}@${version}`)
  );
  await writeJson(path, {
    version: lock.version,
    specifiers: Object.fromEntries(kept),
    workspace: { dependencies: kept.map(([specifier]) => specifier) },
    npm: Object.fromEntries(Object.entries(npm!).filter(([id]) => isKept(id))),
  });
}

async function readJson(path: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(path));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
