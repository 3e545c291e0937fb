import { fileURLToPath } from "node:url";

/** The folder of all tests. */
const TESTS = new URL("../", import.meta.url);

/**
 * By suite, which is a file of tests/suites: the paths below tests/ of its tests.
 *
 * Deno loads the modules of each test file anew. That took half of the CPU time of a run of 250 files
 * (190 s; in suites 90 s). The suites run side by side, and their tests one after the other: so these
 * are cut by the time that they wait.
 *
 * A test file is in the suite with the longest path that it begins with.
 */
export const SUITES: Readonly<Record<string, readonly string[]>> = {
  bench: ["bench/"],
  bench_scenarios: ["bench/scenarios/"],
  bench_echo: ["bench/scenarios/echo.test.ts"],
  bench_threads: ["bench/scenarios/broadcast_threads.test.ts", "bench/scenarios/workers.test.ts"],
  cli: ["cli/"],
  client: ["client/"],
  // What is measured is compiled as in a server, not as after a thousand other tests.
  costs: ["server/chat/files/cost.test.ts", "server/cost.test.ts", "server/web/cost.test.ts"],
  documents: ["architecture.test.ts", "docs/", "web/"],
  learn: ["docs/learn.test.ts"],
  protocol: ["protocol/"],
  server: ["server/"],
  simulation: ["simulation/"],
  storage: ["server/storage/"],
  tools: ["tools/"],
};

/** The suite of a test file, by its path below tests/; `undefined` if it runs by itself. */
export function suiteOf(file: string): string | undefined {
  let suite: string | undefined;
  let longest = 0;
  for (const [name, paths] of Object.entries(SUITES)) {
    for (const path of paths) {
      if (path.length <= longest || !file.startsWith(path)) continue;
      suite = name;
      longest = path.length;
    }
  }
  return suite;
}

/** Test files below tests/, in order, except those that are run one at a time. */
export function testFiles(folder = ""): string[] {
  const files: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, TESTS))) {
    if (isDirectory) files.push(...testFiles(`${folder}${name}/`));
    else if (name.endsWith(".test.ts") && !name.endsWith(".serial.test.ts")) {
      files.push(folder + name);
    }
  }
  return files.sort();
}

/** Registers the tests of the suite with this URL. */
export async function importSuite(url: string): Promise<void> {
  const suite = /([^/]+)\.ts$/.exec(fileURLToPath(url))?.[1];
  for (const file of testFiles()) {
    if (suiteOf(file) === suite) await import(new URL(file, TESTS).href);
  }
}
