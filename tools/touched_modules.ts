import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageOf } from "./deno_cache.ts";
import { REPOSITORY } from "./repository.ts";

/** The files of this project and the npm packages that ran. */
export interface Touched {
  /** Paths in the project, sorted, with `/`. Modules that a test loads into the program are left out. */
  readonly files: readonly string[];
  /** npm packages as `name@version`, sorted. */
  readonly packages: readonly string[];
}

/**
 * Reads which modules ran, in threads and child processes, too, from a folder that `deno run
 * --coverage=FOLDER` has written: a file for each module and process, which begins with its address.
 */
export async function touchedModules(folder: string): Promise<Touched> {
  const urls = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    const { url } = JSON.parse(await Deno.readTextFile(join(folder, name))) as { url: string };
    urls.add(url);
  }
  const base = `${pathToFileURL(REPOSITORY)}/`;
  const files = [...urls].filter((url) => url.startsWith(base))
    .map((url) => decodeURIComponent(url.slice(base.length)))
    .filter((file) => !file.startsWith("tests/"));
  const packages = [...urls].flatMap((url) => packageOf(url) ?? []);
  return { files: files.sort(), packages: [...new Set(packages)].sort() };
}
