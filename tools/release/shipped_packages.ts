/**
 * The npm packages that users get: those in the executable, and those whose code is in the page.
 *
 * @module
 */

import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { ENTRY } from "../compile_arguments.ts";
import { cachedPackage, type DenoCache, denoCache } from "../deno_cache.ts";
import { neededBy } from "../needed_modules.ts";
import { REPOSITORY } from "../repository.ts";

/** The first module of the page, whose script is a part of the program as a text. */
const PAGE_ENTRY = "web/main.ts";

/** A package as it was installed. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** As `package.json` has it: an SPDX expression; `undefined` if it has none. */
  readonly licence: string | undefined;
  /** The text of its licence; `undefined` if the package has no such file. */
  readonly licenceText: string | undefined;
  /** Of its archive, as the lock file has it: `sha512-` and Base64. */
  readonly integrity: string;
  /** Whether code of hubbub imports it. */
  readonly isDirect: boolean;
  /** Packages that it needs, as `name@version`. */
  readonly dependencies: readonly string[];
}

/** The entries of the lock file. An id may end with what the package was installed beside: `a@1_b@2`. */
type Lock = Readonly<
  Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>
>;

/**
 * Reads the packages from the imports of the program, from the lock file and from Deno's cache.
 *
 * @returns sorted by name and version.
 * @throws {Error} if one of them is not installed.
 */
export async function shippedPackages(): Promise<ShippedPackage[]> {
  const needed = await Promise.all([ENTRY, PAGE_ENTRY].map(neededBy));
  const ids = [...new Set(needed.flatMap(({ packages }) => packages))].sort();
  const lock: Lock = JSON.parse(await Deno.readTextFile(join(REPOSITORY, "deno.lock"))).npm;
  const cache = await denoCache();
  return await Promise.all(ids.map((id) => packageOf(id, ids, lock, cache)));
}

async function packageOf(
  id: string,
  ids: readonly string[],
  lock: Lock,
  cache: DenoCache,
): Promise<ShippedPackage> {
  const at = id.lastIndexOf("@");
  const [name, version] = [id.slice(0, at), id.slice(at + 1)];
  const [, locked] = Object.entries(lock).find(([key]) => key === id || key.startsWith(`${id}_`)) ??
    [];
  if (locked === undefined) throw new Error(`Cannot describe ${id}: it is not in deno.lock`);
  const { folder } = await cachedPackage(id, cache);
  const { license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
  return {
    name,
    version,
    licence: typeof license === "string" ? license : undefined,
    licenceText: await licenceIn(folder),
    integrity: locked.integrity,
    isDirect: Object.values(config.imports).some((target) =>
      target.replace(/^npm:\/?|\/$/g, "") === id
    ),
    // An optional one that is not shipped is left out.
    dependencies: (locked.dependencies ?? []).flatMap((wanted) =>
      ids.filter((each) => each === wanted || each.startsWith(`${wanted}@`))
    ),
  };
}

async function licenceIn(folder: string): Promise<string | undefined> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && /^licen[cs]e(\.|$)/i.test(name)) {
      return await Deno.readTextFile(join(folder, name));
    }
  }
  return undefined;
}

const RUNTIME =
  "The executables also contain Deno and the V8 engine, with licences of their own: see the\n" +
  "repository of Deno.\n";

/**
 * The licences of all packages in one text, as they ask to be shipped.
 *
 * @param hasRuntime the program is shipped with Deno.
 */
export function licenceTexts(packages: readonly ShippedPackage[], hasRuntime = true): string {
  const parts = packages.map(({ name, version, licence = "not stated", licenceText }) =>
    `${name} ${version} (licence: ${licence})\n\n${
      licenceText?.trim() ?? "The package contains no text of its licence."
    }\n`
  );
  return [
    "hubbub contains code of these packages.\n",
    ...parts,
    ...(hasRuntime ? [RUNTIME] : []),
  ].join(`\n${"-".repeat(80)}\n\n`);
}
