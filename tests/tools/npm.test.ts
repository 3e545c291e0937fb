/** `deno task npm`, in its parts; `tests/e2e/npm_package.test.ts` installs and runs the package. */

import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { NODE_WORKERS } from "../../tools/npm/bundle.ts";
import { manifest } from "../../tools/npm.ts";
import { withImports } from "../../tools/npm/declarations.ts";
import { REPOSITORY, withEmptyFolder } from "../../tools/repository.ts";
import { withThreads } from "../../tools/program_bundle.ts";
import { currentCommit, stageSources } from "../../tools/staged_sources.ts";
import { neededBy } from "../../tools/needed_modules.ts";
import { hasCommand, run } from "../support/commands.ts";

Deno.test("npm: the start of a thread names its file in the bundle, from any folder", () => {
  const code = 'new Worker(new URL("./scenario_worker.ts", import.meta.url), {});';
  const used = new Set<string>();
  assertEquals(
    withThreads(code, "", NODE_WORKERS, used),
    'new Worker(new URL("./bench/engine/scenario_worker.js", import.meta.url), {});',
  );
  assertEquals(
    withThreads(code, "bench/load", NODE_WORKERS, used),
    'new Worker(new URL("./../engine/scenario_worker.js", import.meta.url), {});',
  );
  assertEquals([...used], ["bench/engine/scenario_worker.ts"]);
  assertThrows(
    () => withThreads('new URL("./other_worker.ts", import.meta.url)', "", NODE_WORKERS, used),
    Error,
    "Cannot bundle the thread ./other_worker.ts",
  );
});

Deno.test("npm: every thread of the program has a file in the bundle", async () => {
  const { files } = await neededBy("cli/main.ts");
  const threads = files.filter((file) => file.endsWith("worker.ts"));
  assertEquals(threads.filter((file) => !NODE_WORKERS.includes(file)), []);
  assertEquals(threads.length, NODE_WORKERS.length - 1, "and Node has one more");
});

Deno.test({
  name: "npm: a Node that lacks something is refused with the version that has it",
  ignore: !hasCommand("node", "--version"),
  async fn() {
    for (
      const [version, needed] of [
        ["20.9.0", "22.19"],
        ["22.18.0", "22.19"],
        ["22.19.0", undefined],
        ["23.8.0", "23.9"],
        ["23.9.0", undefined],
        ["24.0.0", undefined],
      ] as const
    ) {
      const { code, stderr } = await run("node", "-e", startAs(version));
      const refusal = `Cannot run hubbub with Node ${version}: it needs Node ${needed} or later.`;
      assertEquals(stderr.startsWith(refusal), needed !== undefined, stderr);
      assertEquals(code, needed === undefined ? 9 : 1, version);
    }
  },
});

/** The start in a Node that gives itself for another one; exit code 9 if that is accepted. */
function startAs(version: string): string {
  const start = JSON.stringify(join(REPOSITORY, "tools/npm/hubbub.cjs"));
  return `Object.defineProperty(process.versions, "node", { value: "${version}" });
    const { Module } = require("node:module");
    const load = Module._load;
    Module._load = (name, ...others) =>
      name === "./start.cjs" ? process.exit(9) : load(name, ...others);
    require(${start});`;
}

Deno.test("npm: the package names its manual pages", () => {
  const { man, files } = manifest() as Record<"man" | "files", string[]>;
  for (const page of ["man/hubbub.1", "man/hubbub-bench-connect.1"]) {
    assertEquals(man.includes(page), true, page);
  }
  assertEquals(files.includes("man"), true);
});

Deno.test("npm: the declarations are those that the library imports, and no others", () => {
  const declared = new Map([
    ["mod.d.ts", 'export * from "./a/b.ts";\nimport type { X } from "node:net";\n'],
    ["a/b.d.ts", 'export type C = import("../c.ts").C;\n'],
    ["c.d.ts", "export type C = 1;\n"],
    ["d.d.ts", "export {};\n"],
  ]);
  assertEquals([...withImports("mod.d.ts", declared)], [
    ["mod.d.ts", 'export * from "./a/b.js";\nimport type { X } from "node:net";\n'],
    ["a/b.d.ts", 'export type C = import("../c.js").C;\n'],
    ["c.d.ts", "export type C = 1;\n"],
  ]);
  declared.delete("c.d.ts");
  assertThrows(() => withImports("mod.d.ts", declared), Error, "c.d.ts is missing");
});

Deno.test("staged sources: the copy has the commit, the form and the replaced texts", () =>
  withEmptyFolder(async (folder) => {
    const replaced = { file: "cli/runtime/mod.ts", from: '"./deno.ts"', to: '"./node.ts"' };
    await stageSources(folder, "npm package", [replaced]);
    const read = (path: string) => Deno.readTextFile(join(folder, path));
    const stamp = JSON.stringify({ commit: await currentCommit(), form: "npm package" });
    assertEquals((await read("cli/build_stamp.ts")).includes(stamp), true);
    assertEquals((await read("cli/runtime/mod.ts")).includes('"./node.ts"'), true);
    assertEquals((await read("mod.ts")).length > 0, true);
  }));
