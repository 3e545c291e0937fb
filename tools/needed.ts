import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { REPOSITORY, runDeno } from "./repository.ts";

/** What a program needs of this project and of npm. */
export interface Needed {
  /** Paths in the project, sorted, with `/`. */
  readonly files: readonly string[];
  /** npm packages as `name@version`, sorted. */
  readonly packages: readonly string[];
}

/** The parts of `deno info --json` that are looked at. */
interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly npmPackage?: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier: string } }[];
  }[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly npmPackages: Readonly<
    Record<
      string,
      { readonly name: string; readonly version: string; readonly dependencies: string[] }
    >
  >;
}

/** How a thread is started: by a URL, which no list of imports tells. */
const WORKER = /\bnew Worker\(\s*new URL\(\s*"([^"]+)",\s*import\.meta\.url/g;

/**
 * Finds all that a module imports when it runs, however indirectly, and the threads that are started
 * there, with their imports. Imports of types are left out.
 */
export async function neededBy(entry: string): Promise<Needed> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const roots = new Set([entry]);
  for (const root of roots) {
    const needed = await importedBy(root);
    for (const name of needed.packages) packages.add(name);
    for (const file of needed.files) {
      files.add(file);
      for (const worker of await workersIn(file)) roots.add(worker);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

async function workersIn(file: string): Promise<string[]> {
  const source = await Deno.readTextFile(join(REPOSITORY, file));
  return [...source.matchAll(WORKER)].map(([, url]) => posix.join(posix.dirname(file), url!));
}

async function importedBy(root: string): Promise<Needed> {
  const { success, stdout, stderr } = await runDeno(["info", "--json", root]);
  if (!success) throw new Error(`Cannot find out what ${root} imports: ${stderr}`);
  return neededIn(JSON.parse(stdout) as Graph);
}

function neededIn({ roots, modules, redirects, npmPackages }: Graph): Needed {
  const module = new Map(modules.map((module) => [module.specifier, module]));
  const reached = closure(
    roots.map((root) => redirects[root] ?? root),
    (specifier) =>
      (module.get(specifier)?.dependencies ?? []).flatMap(({ code }) =>
        code === undefined ? [] : [redirects[code.specifier] ?? code.specifier]
      ),
  );
  const direct = reached.flatMap((specifier) => module.get(specifier)?.npmPackage ?? []);
  const packages = closure(direct, (id) => npmPackages[id]?.dependencies ?? []);
  const base = `${pathToFileURL(REPOSITORY)}/`;
  return {
    files: reached.filter((specifier) => specifier.startsWith(base))
      .map((specifier) => decodeURIComponent(specifier.slice(base.length))),
    packages: packages.map((id) => `${npmPackages[id]!.name}@${npmPackages[id]!.version}`),
  };
}

/** All that can be reached from somewhere, itself included. */
function closure(from: readonly string[], next: (node: string) => readonly string[]): string[] {
  const seen = new Set<string>(from);
  for (const node of seen) for (const other of next(node)) seen.add(other);
  return [...seen];
}
