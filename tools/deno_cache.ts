import { join } from "node:path";
import { runDeno } from "./repository.ts";

/** The cache of Deno on this machine. */
export interface DenoCache {
  /** All of it: what `DENO_DIR` names. */
  readonly folder: string;
  /** The npm packages, by the registries that they came from. */
  readonly packages: string;
}

/** Asks Deno for its cache. */
export async function denoCache(): Promise<DenoCache> {
  const { denoDir, npmCache } = JSON.parse((await runDeno(["info", "--json"])).stdout) as {
    readonly denoDir: string;
    readonly npmCache: string;
  };
  return { folder: denoDir, packages: npmCache };
}

/** A package in the cache. */
export interface CachedPackage {
  /** The folder of the registry that it came from, without a path. */
  readonly registry: string;
  /** The path of its files below that folder. */
  readonly below: string;
  /** The path of its files. */
  readonly folder: string;
}

/**
 * Finds a package in the cache.
 *
 * @param id `name@version`.
 * @throws {Error} if it is not installed.
 */
export async function cachedPackage(
  id: string,
  { packages }: Pick<DenoCache, "packages">,
): Promise<CachedPackage> {
  const at = id.lastIndexOf("@");
  const below = join(id.slice(0, at), id.slice(at + 1));
  for await (const { name: registry } of Deno.readDir(packages)) {
    const folder = join(packages, registry, below);
    const isThere = await Deno.stat(join(folder, "package.json")).then(() => true, () => false);
    if (isThere) return { registry, below, folder };
  }
  throw new Error(`Cannot find npm:${id} in ${packages}: run deno install`);
}

const OF_PACKAGE = /\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/(\d[^/]*)\//;

/** The package of a module in a cache, by the module's path or address, as `name@version`. */
export function packageOf(module: string): string | undefined {
  const [, name, version] = OF_PACKAGE.exec(module) ?? [];
  return name === undefined ? undefined : `${name}@${version}`;
}
