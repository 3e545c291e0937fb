import { join } from "node:path";
import { compileArguments, ENTRY, PERMISSIONS } from "./compile_arguments.ts";
import { type Embedded, readEmbedded, standInRuntime } from "./embedded_data.ts";
import { neededBy, type Search } from "./needed_modules.ts";
import { withEmptyFolder } from "./repository.ts";
import type { Stage } from "./stage.ts";

/**
 * Maximum size, above which something does not belong there. Measured: 7.7 MB: npm packages (2.6 MB) and
 * the modules of the project (5.1 MB from 2.2 MB of sources), each in its source form, in its compiled form
 * and with a source map. The base runtime adds some 80 MB.
 */
const SIZE_LIMIT_BYTES = 9e6;

/** The files that would be embedded in the executable, and the problems with them. */
export interface EmbeddingCheck {
  readonly embedded: Embedded;
  /** One sentence for each problem. */
  readonly problems: readonly string[];
}

/** Compares what is embedded in an executable with what the program needs. */
export async function checkEmbedding(executable: Uint8Array): Promise<EmbeddingCheck> {
  const embedded = readEmbedded(executable);
  const needed = await neededBy(ENTRY);
  return { embedded, problems: problemsOf(embedded, needed) };
}

/** Compares embedded files with needed ones, and the permissions with those of the build. */
export function problemsOf(embedded: Embedded, needed: Search): string[] {
  const { size } = embedded;
  return [
    ...needed.problems,
    ...missing(needed.files, embedded.files).map((file) => `${file} is missing.`),
    ...missing(embedded.files, needed.files).map((file) => `${file} is embedded without need.`),
    ...missing(needed.packages, embedded.packages).map((name) => `npm:${name} is missing.`),
    ...missing(embedded.packages, needed.packages).map((name) =>
      `npm:${name} is embedded without need.`
    ),
    ...(size > SIZE_LIMIT_BYTES
      ? [`${size} bytes are embedded, more than ${SIZE_LIMIT_BYTES}.`]
      : []),
    ...permissionProblems(embedded.permissions),
  ];
}

/** Differences between the permissions in an executable and {@link PERMISSIONS}. */
function permissionProblems(permissions: Embedded["permissions"]): string[] {
  const expected = new Map<string, string[]>(PERMISSIONS.flatMap((flag) => {
    const [, kind, values] = /^--allow-(\w+)(?:=(.*))?$/.exec(flag) ?? [];
    // An empty list allows everything of the kind.
    return kind === undefined ? [] : [[`allow_${kind}`, values?.split(",") ?? []] as const];
  }));
  const actual = new Map(
    Object.entries(permissions).filter(([name, value]) => value !== null && !FREE.includes(name)),
  );
  return [...new Set([...expected.keys(), ...actual.keys()])].flatMap((name) => {
    const [wanted, given] = [expected.get(name), actual.get(name)].map((value) =>
      JSON.stringify(value)
    );
    return wanted === given ? [] : [`The permission ${name} is ${given}, expected ${wanted}.`];
  });
}

/** `prompt` is no permission, and the program imports nothing by its address in the network. */
const FREE = ["prompt", "allow_import"];

function missing(wanted: readonly string[], there: readonly string[]): string[] {
  return wanted.filter((name) => !there.includes(name));
}

/**
 * Makes an executable on a stand-in for the base runtime, which needs no network. It has the embedded
 * files of a real one, and cannot be run.
 */
export function compileOnStandIn(stage: Stage): Promise<Uint8Array> {
  return withEmptyFolder(async (folder) => {
    const runtime = join(folder, "runtime");
    const output = join(folder, "hubbub");
    await Deno.writeFile(runtime, standInRuntime(), { mode: 0o755 });
    // The stand-in is for Linux, on any machine.
    const parameters = compileArguments("x86_64-unknown-linux-gnu", output);
    const run = await stage.run(parameters, { DENORT_BIN: runtime });
    if (!run.success) throw new Error(`Cannot embed the program: ${run.stderr}`);
    return await Deno.readFile(output);
  });
}
