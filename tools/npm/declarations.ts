import { dirname, join, posix, relative } from "node:path";
import { filesBelow } from "../program_bundle.ts";
import { runDeno } from "../repository.ts";
import { LIBRARY } from "./bundle.ts";

const COMPILER = "npm:typescript@6.0.3";

/** The types of Node's modules, which declarations name. Users have their own. */
const NODE_TYPES = "npm:@types/node@26.6.6";

/** Types are not checked, which `deno task check` does. */
const OPTIONS = {
  target: "esnext",
  module: "preserve",
  moduleResolution: "bundler",
  lib: ["esnext", "dom", "dom.iterable"],
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  declaration: true,
  emitDeclarationOnly: true,
  noCheck: true,
  skipLibCheck: true,
  stripInternal: true,
};

/**
 * Writes the declarations of the library: those of its entry, and of all modules that they import.
 *
 * @param sources folder of staged sources. Gets a folder with npm packages: without them, what is inferred of
 *   their types would be wrong.
 * @throws {Error} if they cannot be made.
 */
export async function declareLibrary(sources: string, output: string): Promise<void> {
  const config = `--config=${join(sources, "deno.json")}`;
  const all = join(sources, "declarations");
  const options = join(sources, "tsconfig.json");
  const compilerOptions = { ...OPTIONS, rootDir: sources, outDir: all };
  await Deno.writeTextFile(options, JSON.stringify({ compilerOptions, files: [LIBRARY] }));
  await run("install", "--quiet", "--no-lock", "--node-modules-dir=auto", config, NODE_TYPES);
  await run("run", "--quiet", "--no-lock", "-A", config, `${COMPILER}/tsc`, "--project", options);
  const paths = (await filesBelow(all)).map((path) => relative(all, path).replaceAll("\\", "/"));
  const declared = new Map(
    await Promise.all(
      paths.map(async (path) => [path, await Deno.readTextFile(join(all, path))] as const),
    ),
  );
  for (const [path, text] of withImports(LIBRARY.replace(/\.ts$/, ".d.ts"), declared)) {
    await Deno.mkdir(dirname(join(output, path)), { recursive: true });
    await Deno.writeTextFile(join(output, path), text);
  }
}

async function run(...parameters: string[]): Promise<void> {
  const { success, stdout, stderr } = await runDeno(parameters);
  if (!success) throw new Error(`Cannot declare the library: ${stdout}${stderr}`);
}

/** An import, re-export or imported type of another file. */
const LOCAL = /(\bfrom |\bimport\(|\bimport )"(\.[^"]+)\.ts"/g;

/**
 * The declarations that one needs, each with the names by which TypeScript finds the others beside
 * JavaScript.
 *
 * @param declared all declarations by their paths.
 */
export function withImports(
  entry: string,
  declared: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  const paths = new Set([entry]);
  for (const path of paths) {
    const text = declared.get(path);
    if (text === undefined) throw new Error(`Cannot declare the library: ${path} is missing`);
    for (const [, , url] of text.matchAll(LOCAL)) {
      paths.add(posix.join(posix.dirname(path), `${url}.d.ts`));
    }
    needed.set(path, text.replaceAll(LOCAL, '$1"$2.js"'));
  }
  return needed;
}
