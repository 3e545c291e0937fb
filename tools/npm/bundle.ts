import { dirname, join, relative } from "node:path";
import { WORKERS } from "../compile_arguments.ts";
import { type DenoRun, runDeno } from "../repository.ts";

/** The modules of threads, which start by their own files: Node has one more. */
export const NODE_WORKERS: readonly string[] = [
  ...WORKERS,
  "cli/runtime/node_demand_worker.ts",
];

/** The entries of the package: its program and its library. */
export const PROGRAM = "cli/node_main.ts";
export const LIBRARY = "mod.ts";

/**
 * Bundles staged sources for Node: each entry and each thread is a file, and what they share is in others.
 *
 * @param sources folder of the sources.
 * @param output folder of the bundle.
 * @throws {Error} if it cannot be made.
 */
export async function bundleForNode(sources: string, output: string): Promise<void> {
  const made = await bundle(sources, output);
  if (!made.success) throw new Error(`Cannot bundle the program: ${made.stderr}`);
  const used = new Set<string>();
  for (const path of await filesBelow(output)) {
    const code = await Deno.readTextFile(path);
    const own = withThreads(code, relative(output, dirname(path)), used);
    if (own !== code) await Deno.writeTextFile(path, own);
  }
  const unused = NODE_WORKERS.filter((worker) => !used.has(worker));
  if (unused.length > 0) throw new Error(`Cannot find the start of ${unused.join(" and ")}`);
}

function bundle(sources: string, output: string): Promise<DenoRun> {
  const entries = [PROGRAM, LIBRARY, ...NODE_WORKERS].map((path) => join(sources, path));
  return runDeno([
    ...["bundle", "--quiet", `--config=${join(sources, "deno.json")}`],
    ...["--platform=deno", "--format=esm", "--code-splitting", `--outdir=${output}`],
    ...entries,
  ]);
}

const THREAD = /\bnew URL\("([^"]*worker\.ts)", import\.meta\.url\)/g;

/**
 * The code of a bundled file with the files of threads by their names in the bundle.
 *
 * @param folder of the file in the bundle.
 * @param used the workers whose start was found are added.
 * @throws {Error} for a thread that has no file in the bundle.
 */
export function withThreads(code: string, folder: string, used: Set<string>): string {
  return code.replaceAll(THREAD, (_, url: string) => {
    const name = url.slice(url.lastIndexOf("/"));
    const found = NODE_WORKERS.filter((worker) => worker.endsWith(name));
    const [worker = ""] = found;
    if (found.length !== 1) {
      throw new Error(`Cannot bundle the thread ${url}: it is not in NODE_WORKERS`);
    }
    used.add(worker);
    const path = relative(folder, worker.replace(/\.ts$/, ".js")).replaceAll("\\", "/");
    return `new URL("./${path}", import.meta.url)`;
  });
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
