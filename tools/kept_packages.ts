/**
 * The configuration of Deno with some packages and no others: it fetches all that are named there, those
 * of the tests too, before it runs or embeds a program.
 *
 * @module
 */

import { join } from "node:path";
import { REPOSITORY } from "./repository.ts";

/** The content of a configuration. */
type Manifest = Readonly<Record<string, unknown>>;

/** Writes the project's `deno.json` with some packages, and without what only its authors need. */
export async function configurePackages(path: string, packages: readonly string[]): Promise<void> {
  const { version, unstable, imports, compilerOptions } = await readJson("deno.json");
  const kept = Object.entries(imports as Record<string, string>)
    .filter(([, target]) => packages.includes(target.replace(/^npm:\/?|\/$/g, "")));
  await writeJson(path, {
    version,
    unstable,
    imports: Object.fromEntries(kept),
    compilerOptions,
  });
}

/** Writes the project's `deno.lock` with some packages. */
export async function lockPackages(path: string, packages: readonly string[]): Promise<void> {
  const lock = await readJson("deno.lock");
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

async function readJson(file: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(join(REPOSITORY, file)));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
