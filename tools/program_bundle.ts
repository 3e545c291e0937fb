/**
 * The program as a bundle: a file for each entry and each thread, and the code that they share, or load
 * when it is needed, in others.
 *
 * @module
 */

import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import type { DenoRun } from "./repository.ts";

/** What to bundle. */
export interface BundleRequest {
  /** Folder of the sources. */
  readonly sources: string;
  /** Folder of the bundle; it may be that of the sources. */
  readonly output: string;
  /** Modules that start the program or are imported by others, as paths in the sources. */
  readonly entries: readonly string[];
  /** Modules that are started as threads, by their URLs. */
  readonly threads: readonly string[];
  /** Further parameters of `deno bundle`. */
  readonly parameters?: readonly string[];
  /** Runs `deno` in the folder of the sources. */
  run(parameters: readonly string[]): Promise<DenoRun>;
}

/**
 * Bundles a program with all its packages.
 *
 * @returns the paths of the files in the folder of the bundle, sorted, with `/`.
 * @throws {Error} if it cannot be made.
 */
export async function bundleProgram(request: BundleRequest): Promise<string[]> {
  const { output, entries, threads, parameters = [], run } = request;
  const made = await run([
    ...["bundle", "--quiet", "--platform=deno", "--format=esm", "--code-splitting"],
    ...[...parameters, `--outdir=${output}`],
    ...[...entries, ...threads].map((path) => `./${path}`),
  ]);
  if (!made.success) throw new Error(`Cannot bundle the program: ${made.stderr}`);
  const used = new Set<string>();
  const files: string[] = [];
  for (const path of await filesBelow(output)) {
    if (!/\.js(?:\.map)?$/.test(path)) continue;
    const text = await Deno.readTextFile(path);
    const folder = relative(output, dirname(path));
    const own = path.endsWith(".map")
      ? withoutSources(text)
      : withThreads(withLateModules(withoutForeignPackages(text)), folder, threads, used);
    if (own !== text) await Deno.writeTextFile(path, own);
    files.push(relative(output, path).replaceAll("\\", "/"));
  }
  const unused = threads.filter((thread) => !used.has(thread));
  if (unused.length > 0) throw new Error(`Cannot find the start of ${unused.join(" and ")}`);
  return files;
}

const THREAD = /\bnew URL\("([^"]*worker\.ts)", import\.meta\.url\)/g;

/**
 * The code of a bundled file with the files of threads by their names in the bundle.
 *
 * @param folder of the file in the bundle.
 * @param threads all that have a file in the bundle, as paths in the sources.
 * @param used the threads whose start was found are added.
 * @throws {Error} for a thread that has no file in the bundle.
 */
export function withThreads(
  code: string,
  folder: string,
  threads: readonly string[],
  used: Set<string>,
): string {
  return code.replaceAll(THREAD, (_, url: string) => {
    const name = url.slice(url.lastIndexOf("/"));
    const found = threads.filter((thread) => thread.endsWith(name));
    const [thread = ""] = found;
    if (found.length !== 1) {
      throw new Error(`Cannot bundle the thread ${url}: it is not a thread of the bundle`);
    }
    used.add(thread);
    const path = relative(folder, bundledName(thread)).replaceAll("\\", "/");
    return `new URL("./${path}", import.meta.url)`;
  });
}

/** The path in the bundle of an entry or a thread. */
export function bundledName(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

/**
 * The code of a bundled file that loads no package from elsewhere. A library asks for faster ones that may
 * be installed; it would run what lies in a folder above the bundle, which may be another user's.
 */
export function withoutForeignPackages(code: string): string {
  return code.replaceAll(
    /\b__require\("([^"]+)"\)/g,
    (call, name: string) =>
      isBuiltin(name)
        ? call
        : `(() => { throw new Error(${JSON.stringify(`${name} is not in the bundle`)}); })()`,
  );
}

const REQUIRE =
  /^import \{ createRequire as (\w+) \} from "node:module";\nvar __require = \1\(.*\);$/m;

/**
 * The code of a bundled file that loads none of Node's modules for packages in CommonJS before one of them
 * asks for a module: the bundler's own way loads a dozen at the start of the program.
 */
export function withLateModules(code: string): string {
  // As many lines as before: source maps count them.
  return code.replace(
    REQUIRE,
    "\nvar __require = (name) => globalThis.process.getBuiltinModule(name);",
  );
}

/** A source map without the texts of the sources: lines and names are enough for stack traces. */
function withoutSources(map: string): string {
  const { sourcesContent: _, ...rest } = JSON.parse(map) as Record<string, unknown>;
  return JSON.stringify(rest);
}

/** The paths of all files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await filesBelow(path));
    else files.push(path);
  }
  return files.sort();
}
