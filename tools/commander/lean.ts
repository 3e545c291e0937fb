import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";

/** The parts of Node's modules that commander uses, as a path in the project. */
const PLATFORM = "tools/commander/platform.ts";

/** Modules of Node that commander imports for subcommands in files of their own, which the program does not
 * have. */
const UNUSED_MODULES = ["node:child_process", "node:fs", "node:path"];
const REPLACED_MODULES = ["node:events", "node:process", "node:util"];

/**
 * Makes a copy of commander load none of Node's modules, which take more processor time than an empty
 * program.
 *
 * @param folder of the copied package.
 * @param bundle writes a module of the project, in JavaScript, to a path.
 * @throws {Error} if commander imports other modules.
 */
export async function makeLean(
  folder: string,
  bundle: (module: string, output: string) => Promise<void>,
): Promise<void> {
  const library = join(folder, "lib");
  for (const { name } of Deno.readDirSync(library)) {
    const path = join(library, name);
    await Deno.writeTextFile(path, withoutNode(await Deno.readTextFile(path)));
  }
  const platform = join(library, "platform.js");
  await bundle(join(REPOSITORY, PLATFORM), platform);
  // Comments of the bundler name the folder of the project.
  const code = await Deno.readTextFile(platform);
  await Deno.writeTextFile(platform, code.replace(/^\/\/ .*\n/gm, ""));
}

/**
 * The code of a module of commander with imports of the platform in place of Node's modules.
 *
 * @throws {Error} for an import that cannot be replaced.
 */
export function withoutNode(code: string): string {
  return code.replace(
    /^import (.+) from (['"])(?!\.)(.+)\2;$/gm,
    (line, names: string, _quote: string, module: string) => {
      if (UNUSED_MODULES.includes(module)) return `const ${names} = undefined;`;
      if (!REPLACED_MODULES.includes(module)) throw new Error(`Cannot replace ${line}`);
      return `import ${names.startsWith("{") ? names : `{ ${names} }`} from "./platform.js";`;
    },
  );
}
