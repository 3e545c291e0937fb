/**
 * Builds the executable: `deno task compile` for this machine, `deno task compile:all` for all
 * systems of a release. They go to `dist/`, or to `--output FOLDER`. `deno task compile --check` makes
 * none, and proves what can be proven without the base runtime; with `--touched FOLDER` also that
 * everything that ran in tests with `HUBBUB_TEST_TOUCHED=FOLDER` is embedded. Every clone of a commit makes the same
 * bytes (docs/RELEASING.md).
 *
 * @module
 */

import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BaseRuntimeError, provideBaseRuntime, sha256 } from "./base_runtime.ts";
import { StampError } from "./build_stamp.ts";
import {
  compileArguments,
  executableName,
  isTarget,
  type Target,
  TARGETS,
} from "./compile_arguments.ts";
import { denoCache } from "./deno_cache.ts";
import { checkEmbedding, compileOnStandIn } from "./embedding.ts";
import type { Needed } from "./needed_modules.ts";
import { removeIfThere, REPOSITORY, runDeno, withEmptyFolder } from "./repository.ts";
import { smoke } from "./smoke.ts";
import { type Stage, withStage } from "./stage.ts";
import { touchedModules } from "./touched_modules.ts";
import { unpackProgram } from "./unpacked_program.ts";

/** The name of a file in messages. */
const shown = (path: string) => relative(Deno.cwd(), path);

/** A failed build; the message has the reason and what to do. */
class BuildError extends Error {
  override readonly name = "BuildError";
}

/** Compares what is embedded with what is needed, and returns that. */
async function checkWhatIsEmbedded(executable: Uint8Array, stage: Stage): Promise<Needed> {
  const { embedded, needed, problems } = await checkEmbedding(executable, stage);
  if (problems.length > 0) {
    throw new BuildError(`Cannot embed the right files:\n  ${problems.join("\n  ")}`);
  }
  console.log(
    `Embedded: ${embedded.modules.length} modules and ${embedded.packages.length} npm packages in ` +
      `${embedded.files.length} files, ${
        (embedded.size / 1e6).toFixed(1)
      } MB: everything needed, ` +
      "and nothing else.",
  );
  return needed;
}

/** Runs the smoke test on what is embedded, and on nothing else, with Deno in place of the base runtime. */
async function runWhatIsEmbedded(executable: Uint8Array): Promise<void> {
  await withEmptyFolder(async (folder) => {
    const { command, env } = await unpackProgram(executable, folder);
    console.log("With the embedded files alone, Deno:");
    if (await smoke(command, console.log, env)) return;
    throw new BuildError("The embedded files are not all that the program needs.");
  });
  console.log("Checked without the base runtime. No executable was made, and none was run.");
}

/** Compares what is needed, and therefore embedded, with what has run elsewhere. */
async function checkTouched(needed: Needed, folder: string): Promise<void> {
  const touched = await touchedModules(folder).catch((cause) => {
    throw new BuildError(`Cannot read ${folder}: no run of tests has written it.`, { cause });
  });
  const missing = [
    ...touched.files.filter((file) => !needed.files.includes(file)),
    ...touched.packages.filter((name) => !needed.packages.includes(name)),
  ];
  if (touched.files.length === 0 || missing.length > 0) {
    const problem = missing.length > 0 ? `not embedded: ${missing.join(", ")}` : "no module ran";
    throw new BuildError(`Cannot embed what ${folder} touched: ${problem}.`);
  }
  const { files: { length: modules }, packages: { length: packages } } = touched;
  console.log(`Touched: ${modules} modules, ${packages} npm packages, all of them embedded.`);
}

/** Makes the executable of one system, and prints its path. */
async function build(stage: Stage, target: Target, output: string): Promise<void> {
  // An executable of an earlier build must not pass for this one.
  await removeIfThere(output);
  if (ownRuntime() === undefined) await provideRuntime(stage, target, output);
  await withEmptyFolder(async (folder) => {
    // The name is embedded: that of the download must not matter.
    const made = join(folder, executableName(target));
    const { success, stderr } = await stage.run(compileArguments(target, made, stage.files));
    if (!success) throw new BuildError(`Cannot make ${shown(output)}: ${stderr}`);
    await Deno.mkdir(dirname(output), { recursive: true });
    await Deno.copyFile(made, output);
  });
  const { size } = await Deno.stat(output);
  console.log(`Made ${shown(output)}, ${(size / 1e6).toFixed(0)} MB.`);
}

/** Puts the base runtime of a system into the cache of a stage, by that of the machine. */
async function provideRuntime(stage: Stage, target: Target, output: string): Promise<void> {
  try {
    const { folder: denoDirectory } = await denoCache();
    const archive = await provideBaseRuntime(target, {
      version: Deno.version.deno,
      denoDirectory,
      fetch,
    });
    await Deno.mkdir(dirname(join(stage.denoDirectory, archive)), { recursive: true });
    await Deno.copyFile(join(denoDirectory, archive), join(stage.denoDirectory, archive));
  } catch (error) {
    if (!(error instanceof BaseRuntimeError)) throw error;
    throw new BuildError(
      `Cannot make ${shown(output)}: ${error.message}. No executable was made or run.`,
      { cause: error },
    );
  }
}

/** The path of a base runtime that the user gives. */
function ownRuntime(): string | undefined {
  return Deno.env.get("DENORT_BIN");
}

async function buildForThisMachine(stage: Stage, folder: string): Promise<void> {
  const { target } = Deno.build;
  if (!isTarget(target)) throw new BuildError(`Cannot make an executable for ${target}.`);
  const output = join(folder, executableName(target));
  await build(stage, target, output);
  // Deno reports success with any base runtime: only a run is proof.
  if (await works(output)) return;
  await Deno.remove(output);
  throw new BuildError(`${shown(output)} was made and does not work, so it was removed.`);
}

/** Runs the smoke test of the executable, and prints its output. */
async function works(executable: string): Promise<boolean> {
  // In a process of its own: with write permission Deno grants no permission to run the file.
  const permissions = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"];
  const { success, stdout, stderr } = await runDeno([
    ...["run", "--no-prompt", ...permissions, `--allow-run=${executable},/bin/sh`],
    ...["tools/smoke.ts", executable],
  ]);
  console.log(stdout.trimEnd());
  if (!success && stderr !== "") console.error(stderr.trimEnd());
  return success;
}

async function buildForAll(stage: Stage, folder: string): Promise<void> {
  if (ownRuntime() !== undefined) {
    throw new BuildError("Cannot make all executables on one base runtime: unset DENORT_BIN.");
  }
  const sums: string[] = [];
  for (const target of TARGETS) {
    const name = executableName(target, { isNamedAfterTarget: true });
    await build(stage, target, join(folder, name));
    sums.push(`${await sha256(await Deno.readFile(join(folder, name)))}  ${name}\n`);
  }
  const output = join(folder, "SHA256SUMS");
  await Deno.writeTextFile(output, sums.join(""));
  console.log(`Made ${shown(output)}. None of them was run: use tools/smoke.ts on its system.`);
}

function parse(parameters: string[]) {
  try {
    return parseArgs({
      args: parameters,
      options: {
        all: { type: "boolean" },
        check: { type: "boolean" },
        touched: { type: "string" },
        output: { type: "string", default: "dist" },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function main(parameters: string[]): Promise<number> {
  const options = parse(parameters);
  if (options === undefined) {
    console.error(
      "Usage: deno task compile [--check [--touched FOLDER] | --all] [--output FOLDER]",
    );
    return 2;
  }
  const { all, check, touched, output } = options;
  const folder = resolve(REPOSITORY, output);
  try {
    await withStage(async (stage) => {
      const executable = await compileOnStandIn(stage);
      const needed = await checkWhatIsEmbedded(executable, stage);
      if (touched !== undefined) await checkTouched(needed, resolve(REPOSITORY, touched));
      if (check) await runWhatIsEmbedded(executable);
      else await (all ? buildForAll(stage, folder) : buildForThisMachine(stage, folder));
    });
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError || error instanceof StampError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
