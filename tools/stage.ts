/**
 * A copy of what an executable is made of, and its bundle, from which every clone of a commit makes the
 * same bytes.
 *
 * `deno compile` embeds the times of files: they become that of the commit. The bundle names the files
 * that it was made of: packages are copied from the cache of the machine, where their folder is named
 * after their registry.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { commitOfSources, writeStamp } from "./build_stamp.ts";
import { makeLean } from "./commander/lean.ts";
import { cachedPackage, type DenoCache, denoCache } from "./deno_cache.ts";
import { configurePackages, lockPackages } from "./kept_packages.ts";
import { neededBy } from "./needed_modules.ts";
import { ENTRY, LICENCES, WORKERS } from "./compile_arguments.ts";
import { bundleProgram } from "./program_bundle.ts";
import { licenceTexts, shippedPackages } from "./release/shipped_packages.ts";
import { type DenoRun, REPOSITORY, runDeno, withEmptyFolder } from "./repository.ts";

/** Variables of the builder that `deno compile` embeds, unless they are empty. */
const NO_TELEMETRY = {
  OTEL_DENO: "",
  OTEL_DENO_TRACING: "",
  OTEL_DENO_METRICS: "",
  OTEL_DENO_CONSOLE: "",
  OTEL_PROPAGATORS: "",
};

/** The registry in whose folder the packages of a stage are. */
const REGISTRY = "localhost";

/** Where to build. */
export interface Stage {
  /** The cache of Deno, with the packages that the program needs and no others. */
  readonly denoDirectory: string;
  /** The files to be embedded, as paths in the copy with `/`, sorted. */
  readonly files: readonly string[];
  /** Runs `deno` in the copy, with that cache and without the network. */
  run(parameters: readonly string[], env?: Readonly<Record<string, string>>): Promise<DenoRun>;
}

/** Runs a function with a {@link Stage}, which is removed afterwards. */
export function withStage<Result>(use: (stage: Stage) => Promise<Result>): Promise<Result> {
  return withEmptyFolder(async (parent) => {
    const [folder, denoDirectory] = [join(parent, "project"), join(parent, "cache")];
    const { files, packages } = await neededBy(ENTRY);
    // Whole folders of modules: a new file among them is a change of the sources.
    const paths = [
      ...new Set(files.map((file) => file.endsWith(".ts") ? file.split("/")[0]! : file)),
    ].sort();
    for (const path of paths) await copy(join(REPOSITORY, path), join(folder, path));
    await configurePackages(join(folder, "deno.json"), packages);
    await lockPackages(join(folder, "deno.lock"), packages);
    const cache = await denoCache();
    const copied = new Map<string, string>();
    for (const each of packages) copied.set(each, await copyPackage(each, cache, denoDirectory));
    await copyBundler(cache, denoDirectory);
    const commit = await commitOfSources([...paths, "deno.json", "deno.lock"]);
    await writeStamp(folder, { commit: commit.name, form: "executable" });
    const run: Stage["run"] = (parameters, env) =>
      runDeno(parameters, {
        ...NO_TELEMETRY,
        DENO_DIR: denoDirectory,
        NPM_CONFIG_REGISTRY: `http://${REGISTRY}/`,
        ...env,
      }, folder);
    for (const [id, path] of copied) {
      if (id.startsWith("commander@")) {
        await makeLean(path, (...paths) => bundleModule(run, ...paths));
      }
    }
    const bundle = await bundleProgram({
      sources: folder,
      output: folder,
      entries: [ENTRY],
      threads: WORKERS,
      parameters: ["--sourcemap=linked"],
      run,
    });
    await Deno.writeTextFile(join(folder, LICENCES), licenceTexts(await shippedPackages()));
    await setTimes(parent, commit.time);
    return await use({ denoDirectory, files: [...bundle, LICENCES].sort(), run });
  });
}

/** Copies a package from the cache of the machine; its folder there is named after the registry. Returns the
 * folder of the copy. */
async function copyPackage(id: string, cache: DenoCache, target: string): Promise<string> {
  const { below, folder } = await cachedPackage(id, cache);
  const path = join(target, "npm", REGISTRY, below);
  await copy(folder, path);
  return path;
}

/** Writes a module, with those that it imports, as one in JavaScript. */
async function bundleModule(run: Stage["run"], module: string, output: string): Promise<void> {
  const { success, stderr } = await run(["bundle", "--quiet", `--output=${output}`, module]);
  if (!success) throw new Error(`Cannot bundle ${module}: ${stderr}`);
}

/** Copies the bundler of Deno from the cache of the machine, to which `deno bundle` downloads it first. */
async function copyBundler({ folder }: DenoCache, target: string): Promise<void> {
  const downloads = join(folder, "dl");
  const bundlers = async () =>
    (await namesIn(downloads).catch(() => [])).filter((name) => name.startsWith("esbuild-"));
  if ((await bundlers()).length === 0) {
    await withEmptyFolder(async (empty) => {
      await Deno.writeTextFile(join(empty, "empty.js"), "");
      const parameters = ["bundle", "--quiet", "--output=bundle.js", "empty.js"];
      const { success, stderr } = await runDeno(parameters, {}, empty);
      if (!success) throw new Error(`Cannot get the bundler: ${stderr}`);
    });
  }
  for (const name of await bundlers()) {
    await copy(join(downloads, name), join(target, "dl", name));
  }
}

/** Copies a file or a folder, in the order of the names. */
async function copy(source: string, target: string): Promise<void> {
  if ((await Deno.stat(source)).isDirectory) {
    for (const name of await namesIn(source)) await copy(join(source, name), join(target, name));
    return;
  }
  await Deno.mkdir(dirname(target), { recursive: true });
  await Deno.copyFile(source, target);
}

async function setTimes(path: string, seconds: number): Promise<void> {
  if ((await Deno.stat(path)).isDirectory) {
    for (const name of await namesIn(path)) await setTimes(join(path, name), seconds);
  }
  await Deno.utime(path, seconds, seconds);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}
