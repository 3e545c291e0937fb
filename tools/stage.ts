/**
 * A copy of what an executable is made of, from which every clone of a commit makes the same bytes.
 *
 * `deno compile` embeds the times of files: they become that of the commit. It also reads packages from
 * the cache of the machine, where their times are those of their download.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { commitOfSources, writeStamp } from "./build_stamp.ts";
import { cachedPackage, type DenoCache, denoCache } from "./deno_cache.ts";
import { configurePackages, lockPackages } from "./kept_packages.ts";
import { neededBy } from "./needed_modules.ts";
import { ENTRY } from "./compile_arguments.ts";
import { type DenoRun, REPOSITORY, runDeno, withEmptyFolder } from "./repository.ts";

/** Variables of the builder that `deno compile` embeds, unless they are empty. */
const NO_TELEMETRY = {
  OTEL_DENO: "",
  OTEL_DENO_TRACING: "",
  OTEL_DENO_METRICS: "",
  OTEL_DENO_CONSOLE: "",
  OTEL_PROPAGATORS: "",
};

/** Where to build. */
export interface Stage {
  /** The cache of Deno, with the packages that the program needs and no others. */
  readonly denoDirectory: string;
  /** Runs `deno` in the copy, with that cache and without the network. */
  run(parameters: readonly string[], env?: Readonly<Record<string, string>>): Promise<DenoRun>;
}

/** Runs a function with a {@link Stage}, which is removed afterwards. */
export function withStage<Result>(use: (stage: Stage) => Promise<Result>): Promise<Result> {
  return withEmptyFolder(async (parent) => {
    const [folder, denoDirectory] = [join(parent, "project"), join(parent, "cache")];
    const { files, packages } = await neededBy(ENTRY);
    // Whole folders of modules: what is embedded without need is then found.
    const paths = [
      ...new Set(files.map((file) => file.endsWith(".ts") ? file.split("/")[0]! : file)),
    ].sort();
    for (const path of paths) await copy(join(REPOSITORY, path), join(folder, path));
    await configurePackages(join(folder, "deno.json"), packages);
    await lockPackages(join(folder, "deno.lock"), packages);
    const cache = await denoCache();
    for (const each of packages) await copyPackage(each, cache, join(denoDirectory, "npm"));
    const commit = await commitOfSources([...paths, "deno.json", "deno.lock"]);
    await writeStamp(folder, { commit: commit.name, form: "executable" });
    await setTimes(parent, commit.time);
    const cleared = { ...NO_TELEMETRY, DENO_DIR: denoDirectory };
    return await use({
      denoDirectory,
      run: (parameters, env) => runDeno(parameters, { ...cleared, ...env }, folder),
    });
  });
}

/** Copies a package from the cache of the machine; its folder is named after the registry. */
async function copyPackage(id: string, cache: DenoCache, target: string): Promise<void> {
  const { registry, below, folder } = await cachedPackage(id, cache);
  await copy(folder, join(target, registry, below), keptName);
}

/** What a program loads of a package. Deno reads files of unknown kinds as code, too, and would embed the
 * error with their paths on this machine. */
const LOADED = /\.(?:[cm]?js|json|wasm|node)$/;

/** Licences, which must be with every copy of a package. */
const LICENCE = /^(?:licen[cs]e|copying|notice)/i;

/** The name of a package's file in a copy; `undefined` for files that nothing loads. */
function keptName(name: string): string | undefined {
  if (LOADED.test(name)) return name;
  return LICENCE.test(name) ? name.replace(/(?:\.\w+)?$/, ".md") : undefined;
}

/**
 * Copies a file or a folder, in the order of the names.
 *
 * @param nameOf the name of a file in the copy; `undefined` leaves it out.
 */
async function copy(
  source: string,
  target: string,
  nameOf: (name: string) => string | undefined = (name) => name,
): Promise<void> {
  if ((await Deno.stat(source)).isDirectory) {
    for (const name of await namesIn(source)) {
      await copy(join(source, name), join(target, name), nameOf);
    }
    return;
  }
  const name = nameOf(basename(target));
  if (name === undefined) return;
  await Deno.mkdir(dirname(target), { recursive: true });
  await Deno.copyFile(source, join(dirname(target), name));
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
