/**
 * Makes the files of a release, `dist/release/`, of the executables that `deno task compile:all` has made:
 * `deno task package --repository URL`, the address of the repository that will have the release.
 *
 * The time of all files is `SOURCE_DATE_EPOCH`, in seconds, or that of the commit.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import config from "../deno.json" with { type: "json" };
import { sha256 } from "./base_runtime.ts";
import { StampError, timeOfSources } from "./build_stamp.ts";
import { executableName, TARGETS } from "./compile_arguments.ts";
import { NPM_ARCHIVE } from "./npm.ts";
import { archiveFiles, writeArchive } from "./release/archives.ts";
import { manifests, parseSums } from "./release/manifests.ts";
import { billOfMaterials } from "./release/sbom.ts";
import { licenceTexts, shippedPackages } from "./release/shipped_packages.ts";
import { removeIfThere, REPOSITORY, withEmptyFolder } from "./repository.ts";

/** A release that cannot be made; the message has the reason and what to do. */
class ReleaseError extends Error {
  override readonly name = "ReleaseError";
}

/** A release to be made. */
interface Release {
  /** With the executables and their sums. */
  readonly dist: string;
  readonly output: string;
  readonly repository: string;
  readonly time: Date;
}

/** Makes all files, and returns their names. */
async function makeRelease({ dist, output, repository, time }: Release): Promise<string[]> {
  await checkExecutables(dist);
  await removeIfThere(output, { recursive: true });
  await Deno.mkdir(output, { recursive: true });
  const { version, license } = config;
  const packages = await shippedPackages();
  const edition = { version, time };
  const names: string[] = [];
  for (const target of TARGETS) {
    const files = await archiveFiles(target, edition, licenceTexts(packages));
    const executable = join(dist, executableName(target, { isNamedAfterTarget: true }));
    const content = { target, executable, files, time };
    names.push(await withEmptyFolder((staging) => writeArchive(content, staging, output)));
  }
  const sums = await sumsOf(output, names);
  const texts = await manifests({ version, repository, sums });
  texts.set(
    "hubbub.cdx.json",
    billOfMaterials(
      { version, licence: license, denoVersion: Deno.version.deno, time },
      packages,
    ),
  );
  for (const [name, text] of texts) await Deno.writeTextFile(join(output, name), text);
  names.push(...texts.keys(), ...await copyNpmPackage(dist, output));
  const lines = [...await sumsOf(output, names.sort())].map(([name, sum]) => `${sum}  ${name}\n`);
  await Deno.writeTextFile(join(output, "SHA256SUMS"), lines.join(""));
  return [...names, "SHA256SUMS"];
}

/** Refuses executables that are not those of one complete build. */
async function checkExecutables(dist: string): Promise<void> {
  const advice = "Run deno task compile:all first.";
  const text = await Deno.readTextFile(join(dist, "SHA256SUMS")).catch((cause) => {
    throw new ReleaseError(`Cannot read ${join(dist, "SHA256SUMS")}. ${advice}`, { cause });
  });
  const expected = parseSums(text);
  for (const target of TARGETS) {
    const name = executableName(target, { isNamedAfterTarget: true });
    const actual = await sumOf(join(dist, name)).catch(() => undefined);
    if (actual === undefined || actual !== expected.get(name)) {
      throw new ReleaseError(`${name} is not the one of SHA256SUMS. ${advice}`);
    }
  }
}

async function sumOf(path: string): Promise<string> {
  return await sha256(await Deno.readFile(path));
}

async function sumsOf(folder: string, names: readonly string[]): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for (const name of names) sums.set(name, await sumOf(join(folder, name)));
  return sums;
}

/**
 * Copies the package that `deno task npm` has made of this version, where it has; those of other versions
 * may lie beside it.
 */
async function copyNpmPackage(dist: string, output: string): Promise<string[]> {
  try {
    await Deno.copyFile(join(dist, NPM_ARCHIVE), join(output, NPM_ARCHIVE));
    return [NPM_ARCHIVE];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function parse(parameters: string[]) {
  try {
    return parseArgs({
      args: parameters,
      options: {
        dist: { type: "string", default: join(REPOSITORY, "dist") },
        repository: { type: "string" },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function main(parameters: string[]): Promise<number> {
  const options = parse(parameters);
  if (options?.repository === undefined) {
    console.error(
      "Usage: deno task package --repository URL [--dist FOLDER]\n" +
        "Give the address of the repository that will have the release, such as https://host/owner/name.",
    );
    return 2;
  }
  const { repository } = options;
  const dist = resolve(options.dist);
  const output = join(dist, "release");
  try {
    const names = await makeRelease({ dist, output, repository, time: await timeOfSources() });
    console.log(`Made in ${output}:\n${names.map((name) => `  ${name}\n`).join("")}`.trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof ReleaseError || error instanceof StampError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
