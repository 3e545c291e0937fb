/**
 * `deno task npm`: makes the npm package in `dist/npm/`, and its archive with `npm pack`.
 *
 * @module
 */

import { join, relative } from "node:path";
import { program } from "../cli/main.ts";
import config from "../deno.json" with { type: "json" };
import { timeOfSources } from "./build_stamp.ts";
import { LICENCES } from "./compile_arguments.ts";
import { bundleForNode, LIBRARY } from "./npm/bundle.ts";
import { declareLibrary } from "./npm/declarations.ts";
import { manualPages } from "./release/man_pages.ts";
import { licenceTexts, shippedPackages } from "./release/shipped_packages.ts";
import { removeIfThere, REPOSITORY, withEmptyFolder } from "./repository.ts";
import { stageSources } from "./staged_sources.ts";

const COMMANDS = await program();

/** The oldest Node that has all that the program needs: see `tools/npm/hubbub.cjs`. */
const NODE = ">=22.19.0 <23 || >=23.9.0";

/** The archive of the package, as npm names it. */
export const NPM_ARCHIVE = `hubbub-${config.version}.tgz`;

/** Files of the package that are not made. */
const OWN_FILES: Readonly<Record<string, string>> = {
  "LICENSE": "LICENSE",
  "README.md": "tools/npm/README.md",
  "bin/hubbub.cjs": "tools/npm/hubbub.cjs",
  "bin/start.cjs": "tools/npm/start.cjs",
};

/** The description of the package. It has no dependencies: all is in the bundle. */
export function manifest(): Record<string, unknown> {
  return {
    name: "hubbub",
    version: config.version,
    description: "A chat server, its clients and a load tester in one program.",
    license: config.license,
    type: "module",
    bin: { hubbub: "bin/hubbub.cjs" },
    man: [...manual(new Date(0)).keys()].map((name) => `man/${name}`),
    exports: {
      ".": { types: "./types/mod.d.ts", default: `./lib/${LIBRARY.replace(/\.ts$/, ".js")}` },
      "./package.json": "./package.json",
    },
    engines: { node: NODE },
    files: ["bin", "lib", "man", "types", LICENCES],
    keywords: ["chat", "tcp", "websocket", "server", "load-testing", "benchmark", "sockets"],
  };
}

/**
 * Makes the package.
 *
 * @param folder of the package; what was in it is removed.
 * @throws {Error} if it cannot be made.
 */
export async function makePackage(folder: string): Promise<void> {
  await removeIfThere(folder, { recursive: true });
  await withEmptyFolder(async (sources) => {
    await stageSources(sources, "npm package", [
      { file: "cli/runtime/mod.ts", from: '"./deno.ts"', to: '"./node.ts"' },
    ]);
    await bundleForNode(sources, join(folder, "lib"));
    await declareLibrary(sources, join(folder, "types"));
  });
  await Deno.mkdir(join(folder, "bin"), { recursive: true });
  for (const [name, source] of Object.entries(OWN_FILES)) {
    await Deno.copyFile(join(REPOSITORY, source), join(folder, name));
  }
  const licences = licenceTexts(await shippedPackages(), false);
  await Deno.writeTextFile(join(folder, LICENCES), licences);
  await Deno.chmod(join(folder, "bin/hubbub.cjs"), 0o755);
  await Deno.mkdir(join(folder, "man"));
  for (const [name, page] of manual(await timeOfSources())) {
    await Deno.writeTextFile(join(folder, "man", name), page);
  }
  const text = `${JSON.stringify(manifest(), undefined, 2)}\n`;
  await Deno.writeTextFile(join(folder, "package.json"), text);
}

/** The manual pages, which `npm install --global` installs. */
function manual(time: Date): ReadonlyMap<string, string> {
  return manualPages(COMMANDS, { version: config.version, time });
}

/**
 * Packs the package as npm publishes it.
 *
 * @returns the path of the archive; `undefined` without npm.
 */
async function pack(folder: string, output: string): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command("npm", {
      args: ["pack", "--silent", `--pack-destination=${output}`],
      cwd: folder,
    }).output();
    if (!success) throw new Error(`Cannot pack it: ${new TextDecoder().decode(stderr)}`);
    return join(output, NPM_ARCHIVE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const dist = join(REPOSITORY, "dist");
  const folder = join(dist, "npm");
  await makePackage(folder);
  const archive = await pack(folder, dist);
  const shown = (path: string) => relative(Deno.cwd(), path);
  console.log(`Made ${shown(folder)}.`);
  console.log(archive === undefined ? "Not packed: npm is missing." : `Packed ${shown(archive)}.`);
}
