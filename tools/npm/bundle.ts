import { WORKERS } from "../compile_arguments.ts";
import { bundleProgram } from "../program_bundle.ts";
import { runDeno } from "../repository.ts";

/** The modules of threads, which start by their own files: Node has one more. */
export const NODE_WORKERS: readonly string[] = [
  ...WORKERS,
  "cli/runtime/node_demand_worker.ts",
];

/** The entries of the package: its program and its library. */
export const PROGRAM = "cli/node_main.ts";
export const LIBRARY = "mod.ts";

/**
 * Bundles staged sources for Node.
 *
 * @param sources folder of the sources.
 * @param output folder of the bundle.
 * @throws {Error} if it cannot be made.
 */
export async function bundleForNode(sources: string, output: string): Promise<void> {
  await bundleProgram({
    sources,
    output,
    entries: [PROGRAM, LIBRARY],
    threads: NODE_WORKERS,
    run: (parameters) => runDeno(parameters, {}, sources),
  });
}
