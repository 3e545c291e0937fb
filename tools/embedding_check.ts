import { join } from "node:path";
import { compileArguments, ENTRY } from "./compile_arguments.ts";
import { type Embedded, readEmbedded } from "./embedded.ts";
import { type Needed, neededBy } from "./needed.ts";
import { runDeno, withEmptyFolder } from "./repository.ts";
import { standInRuntime } from "./stand_in.ts";

/**
 * More than this, and something is in that does not belong there. Measured: 8.1 MB, of which 2.9 MB
 * are npm packages and 5.2 MB the project's modules (2 MB of sources), each as it is written, as it is
 * run, and with a source map. The base runtime adds some 80 MB.
 */
const SIZE_LIMIT_BYTES = 9e6;

/** What would be embedded in the executable, and what is wrong about it. */
export interface EmbeddingCheck {
  readonly embedded: Embedded;
  /** A sentence each; none if all is well. */
  readonly problems: readonly string[];
}

/**
 * Makes an executable on a stand-in for the base runtime, which needs no network, and looks into it.
 * That shows what a real one would contain. It cannot show that it would run.
 */
export async function checkEmbedding(): Promise<EmbeddingCheck> {
  const [embedded, needed] = await Promise.all([
    embedOnStandIn(),
    neededBy(ENTRY),
  ]);
  return { embedded, problems: problemsOf(embedded, needed) };
}

/** Compares what is embedded with what is needed. */
export function problemsOf(embedded: Embedded, needed: Needed): string[] {
  const { size } = embedded;
  return [
    ...missing(needed.files, embedded.files).map((file) => `${file} is missing.`),
    ...missing(embedded.files, needed.files).map((file) => `${file} is in without need.`),
    ...missing(needed.packages, embedded.packages).map((name) => `npm:${name} is missing.`),
    ...missing(embedded.packages, needed.packages).map((name) => `npm:${name} is in without need.`),
    ...(size > SIZE_LIMIT_BYTES
      ? [`${size} bytes are embedded, more than ${SIZE_LIMIT_BYTES}.`]
      : []),
  ];
}

function missing(wanted: readonly string[], there: readonly string[]): string[] {
  return wanted.filter((name) => !there.includes(name));
}

function embedOnStandIn(): Promise<Embedded> {
  return withEmptyFolder(async (folder) => {
    const runtime = join(folder, "runtime");
    const output = join(folder, "hubbub");
    await Deno.writeFile(runtime, standInRuntime(), { mode: 0o755 });
    // The stand-in is for Linux, whatever this machine is.
    const parameters = compileArguments("x86_64-unknown-linux-gnu", output);
    const run = await runDeno(parameters, { DENORT_BIN: runtime });
    if (!run.success) throw new Error(`Cannot embed the program: ${run.stderr}`);
    return readEmbedded(await Deno.readFile(output));
  });
}
