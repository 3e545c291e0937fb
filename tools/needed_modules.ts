/**
 * What a program needs: its modules and packages, read from its imports and its text.
 *
 * @module
 */

import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { REPOSITORY, runDeno } from "./repository.ts";

/** The files of this project and the npm packages that a program needs. */
export interface Needed {
  /** Paths in the project, sorted, with `/`. */
  readonly files: readonly string[];
  /** npm packages as `name@version`, sorted. */
  readonly packages: readonly string[];
}

/** The used parts of `deno info --json`. */
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

/** What {@link neededBy} finds. */
export interface Search extends Needed {
  /** Those of the files that only export what others define, sorted. */
  readonly barrels: readonly string[];
  /** One sentence for each reference in a text that cannot be followed. */
  readonly problems: readonly string[];
}

/**
 * Finds all imports of a module, direct and indirect, dynamic ones too, and the threads and assets that
 * their texts name by URL, which are in no list of imports. Imports of types are left out.
 */
export async function neededBy(entry: string): Promise<Search> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const barrels: string[] = [];
  const problems: string[] = [];
  const roots = new Set([entry]);
  for (const root of roots) {
    const imported = await importedBy(root);
    for (const name of imported.packages) packages.add(name);
    for (const file of imported.files) {
      if (files.has(file)) continue;
      files.add(file);
      const source = await Deno.readTextFile(join(REPOSITORY, file));
      if (isBarrel(source)) barrels.push(file);
      const named = referencesIn(file, source);
      for (const worker of named.workers) roots.add(worker);
      for (const asset of named.assets) files.add(asset);
      problems.push(...named.problems);
    }
  }
  return {
    files: [...files].sort(),
    packages: [...packages].sort(),
    barrels: barrels.sort(),
    problems,
  };
}

const EXPORT_OF_OTHERS = /^export (?:type )?(?:\{[^}]*\}|\*(?: as \w+)?) from "[^"]+";$/gm;

/** Whether a module has nothing but exports from others. */
export function isBarrel(source: string): boolean {
  return source.replaceAll(COMMENT, "").replaceAll(EXPORT_OF_OTHERS, "").trim() === "";
}

/** What a module names by URL, in its text. */
export interface References {
  readonly workers: readonly string[];
  readonly assets: readonly string[];
  readonly problems: readonly string[];
}

const COMMENT = /\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm;
const WORKER = /\bnew Worker\(\s*new URL\(\s*"([^"]+)",\s*import\.meta\.url,?\s*\)/g;
const ASSET = /\bnew URL\(\s*"([^"]+)",\s*import\.meta\.url,?\s*\)/g;
const IMPORT = /\bimport\(\s*"[^"]+",?\s*(?:\{[^}]*\},?\s*)?\)/g;

/** References that remain: none of them can be followed without a run. */
const UNCLEAR = /\bimport\([^)]*\)?|\bnew Worker\([^)]*\)?|\bimport\.meta\.(?!main\b)\w+/g;

/**
 * Code that runs where the program runs from its sources, and never in an executable: by file, the
 * exact texts.
 */
const ONLY_FROM_SOURCES: Readonly<Record<string, readonly string[]>> = {
  "cli/build_info.ts": ['new URL("..", import.meta.url)'],
  "cli/runtime/deno.ts": ["new URL(`../../${path}`, import.meta.url)"],
  "cli/runtime/deno_permissions.ts": [
    'import.meta.url.startsWith("file:")',
    'new URL("../../server/", import.meta.url)',
    'new URL("../../protocol/", import.meta.url)',
  ],
};

/**
 * Finds the threads and assets that a module names by a URL relative to itself, and everything that
 * could name others: paths that are made at run time, and other uses of its own address.
 */
export function referencesIn(
  file: string,
  source: string,
  exempt: readonly string[] = ONLY_FROM_SOURCES[file] ?? [],
): References {
  const problems = exempt.filter((text) => !source.includes(text))
    .map((text) => `${file} no longer contains ${text}: remove it from ONLY_FROM_SOURCES.`);
  let rest = exempt.reduce((text, each) => text.replaceAll(each, ""), source)
    .replaceAll(COMMENT, "");
  const taken = (pattern: RegExp) => {
    const urls = [...rest.matchAll(pattern)].map(([, url]) => url!);
    rest = rest.replaceAll(pattern, "");
    return urls.map((url) => posix.join(posix.dirname(file), url));
  };
  const workers = taken(WORKER);
  const assets = taken(ASSET);
  // The list of imports has these.
  rest = rest.replaceAll(IMPORT, "");
  for (const [text] of rest.matchAll(UNCLEAR)) {
    problems.push(`${file} uses ${text.replaceAll(/\s+/g, " ")}, which cannot be followed.`);
  }
  return { workers, assets, problems };
}

async function importedBy(root: string): Promise<Needed> {
  const { success, stdout, stderr } = await runDeno(["info", "--json", root]);
  if (!success) throw new Error(`Cannot read the imports of ${root}: ${stderr}`);
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

/** The nodes that can be reached from some nodes, with those. */
function closure(from: readonly string[], next: (node: string) => readonly string[]): string[] {
  const seen = new Set<string>(from);
  for (const node of seen) for (const other of next(node)) seen.add(other);
  return [...seen];
}
