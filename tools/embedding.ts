import { join } from "node:path";
import { compileArguments, ENTRY, PERMISSIONS } from "./compile_arguments.ts";
import { type Embedded, readEmbedded, standInRuntime } from "./embedded_data.ts";
import { type Needed, neededBy, type Search } from "./needed_modules.ts";
import { withEmptyFolder } from "./repository.ts";
import type { Stage } from "./stage.ts";

/**
 * Maximum size, above which something does not belong there. Measured: 3.7 MB: the bundle (2.4 MB) and its
 * source maps (1.3 MB). The base runtime adds some 80 MB.
 */
const SIZE_LIMIT_BYTES = 4.5e6;

/** The content of an executable, and the problems with it. */
export interface EmbeddingCheck {
  readonly embedded: Embedded;
  readonly needed: Needed;
  /** One sentence for each problem. */
  readonly problems: readonly string[];
}

/** Compares the content of an executable that was made in a stage with what the program needs. */
export async function checkEmbedding(
  executable: Uint8Array,
  stage: Stage,
): Promise<EmbeddingCheck> {
  const embedded = readEmbedded(executable);
  const needed = await neededBy(ENTRY);
  return { embedded, needed, problems: problemsOf(embedded, needed, stage.files) };
}

/**
 * Compares embedded files with those of the bundle, bundled modules with needed ones, and the permissions
 * with those of the build.
 */
export function problemsOf(embedded: Embedded, needed: Search, files: readonly string[]): string[] {
  const { size } = embedded;
  // Modules that only export others leave no code, nor do packages that nothing uses.
  const coded = needed.files.filter((file) => !needed.barrels.includes(file));
  return [
    ...needed.problems,
    ...missing(files, embedded.files).map((file) => `${file} is missing.`),
    ...missing(embedded.files, files).map((file) => `${file} is embedded without need.`),
    ...missing(coded, embedded.modules).map((file) => `${file} is not bundled.`),
    ...missing(embedded.modules, needed.files).map((file) => `${file} is bundled without need.`),
    ...missing(embedded.packages, needed.packages).map((name) =>
      `npm:${name} is bundled without need.`
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
    const parameters = compileArguments("x86_64-unknown-linux-gnu", output, stage.files);
    const run = await stage.run(parameters, { DENORT_BIN: runtime });
    if (!run.success) throw new Error(`Cannot embed the program: ${run.stderr}`);
    return await Deno.readFile(output);
  });
}
