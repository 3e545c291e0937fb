/**
 * The content of the executable, and that `deno task compile` reports only verified results. Neither
 * the base runtime nor a network is needed.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { commitOfCheckout } from "../../cli/build_info.ts";
import { BUNDLED_ENTRY, LICENCES, PERMISSIONS, WORKERS } from "../../tools/compile_arguments.ts";
import { type Embedded, embeddedFiles } from "../../tools/embedded_data.ts";
import { checkEmbedding, compileOnStandIn, problemsOf } from "../../tools/embedding.ts";
import { isBarrel, referencesIn } from "../../tools/needed_modules.ts";
import { withLateModules, withoutForeignPackages } from "../../tools/program_bundle.ts";
import { REPOSITORY, runDeno, withEmptyFolder } from "../../tools/repository.ts";
import { smoke } from "../../tools/smoke.ts";
import { withStage } from "../../tools/stage.ts";
import { unpackProgram } from "../../tools/unpacked_program.ts";

/** The permissions of `deno task compile`, without the network. */
const COMPILE = [
  ...[
    "run",
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-env=DENORT_BIN,SOURCE_DATE_EPOCH",
  ],
  ...[`--allow-run=${Deno.execPath()},git,/bin/sh`, "tools/compile.ts"],
];

const { executable, check } = await withStage(async (stage) => {
  const executable = await compileOnStandIn(stage);
  return { executable, check: await checkEmbedding(executable, stage) };
});

Deno.test("the executable contains the files that it needs, and no others", () => {
  const { embedded, problems } = check;
  const { entry, files, modules, packages, permissions, size, unstable } = embedded;
  assertEquals(problems, []);
  assertEquals(entry, "cli/main.js");
  assertEquals(unstable, ["worker-options"], "or serve would end when it starts its thread");
  // The check compares with `deno info`; this list repeats the most important files.
  const needed = [
    "server/server.ts",
    "bench/engine/scenario_worker.ts",
    "bench/load/alarm_worker.ts",
    "bench/ledger/ledger.ts",
    "deno.json",
  ];
  for (const file of needed) assert(modules.includes(file), `${file} is missing`);
  for (const thread of WORKERS) {
    for (const end of [".js", ".js.map"]) {
      assert(files.includes(thread.replace(".ts", end)), `${thread} is missing`);
    }
  }
  const folders = new Set(modules.map((file) => file.split("/")[0]!));
  for (const folder of ["tests", "tools"]) assert(!folders.has(folder), `${folder} is in`);
  const documents = modules.filter((file) => file.startsWith("docs/"));
  assertEquals(documents, ["docs/LESSONS.md", "docs/bench.schema.json"]);
  assert(packages.some((name) => name.startsWith("valibot@")), "valibot is missing");
  for (const name of ["fast-check", "deno-std", "pure-rand"]) {
    assert(!packages.some((id) => id.startsWith(`${name}@`)), `${name} is in`);
  }
  assert(size > 100_000);

  const granted = Object.entries(permissions)
    .filter(([name, value]) => name !== "allow_import" && value !== null);
  assertEquals(Object.fromEntries(granted), {
    allow_net: [],
    allow_env: PERMISSIONS.find((flag) => flag.startsWith("--allow-env="))!.slice(12).split(","),
    allow_read: [],
    allow_write: [],
    allow_sys: [
      "networkInterfaces",
      "hostname",
      "uid",
      "gid",
      "homedir",
      "cpus",
      "osRelease",
      "systemMemoryInfo",
      "setPriority",
    ],
    allow_run: [],
    allow_ffi: PERMISSIONS.find((flag) => flag.startsWith("--allow-ffi="))!.slice(12).split(","),
    prompt: false,
  });
});

const textOf = (path: string) =>
  new TextDecoder().decode(embeddedFiles(executable).find((file) => file.path === path)!.bytes);

Deno.test("the executable contains its commit, and the licence of each package", () => {
  const [stamp, ...others] = embeddedFiles(executable).map(({ path }) => textOf(path))
    .flatMap((text) => [.../^var STAMP = (\{\n(?:.*\n){2}\});$/m.exec(text) ?? []].slice(1));
  const { commit, form } = JSON.parse(stamp ?? "{}");
  assertEquals([commit?.slice(0, 40), form], [commitOfCheckout(REPOSITORY), "executable"]);
  assertEquals(others, []);
  for (const id of check.embedded.packages) {
    const at = id.lastIndexOf("@");
    assertStringIncludes(textOf(LICENCES), `\n${id.slice(0, at)} ${id.slice(at + 1)} (licence: `);
  }
});

Deno.test("the executable asks for no package, which another user could put above its folder", () => {
  const wanted = embeddedFiles(executable).filter(({ path }) => path.endsWith(".js"))
    .flatMap(({ path }) =>
      [
        ...textOf(path).matchAll(/\b(?:from |import |import\(|__require\()"((?!\.|node:)[^"]+)"/g),
      ].map(([, name]) => name)
    );
  assertEquals(wanted, []);
});

Deno.test("a package that is not in the bundle is not looked for; the runtime's modules are", () => {
  assertThrows(
    () => new Function(withoutForeignPackages('__require("bufferutil");'))(),
    Error,
    "bufferutil is not in the bundle",
  );
  const own = 'var a = __require("node:zlib"), b = __require("zlib");';
  assertEquals(withoutForeignPackages(own), own);
});

/** The modules from outside that an embedded file and those that it imports load at its start. */
function outerImports(path: string, files: ReadonlyMap<string, string>, seen = new Set<string>()) {
  const outer = new Set<string>();
  if (seen.has(path)) return outer;
  seen.add(path);
  for (
    const [, module = ""] of files.get(path)!.matchAll(/^(?:[^ ].*\bfrom|import) "([^"]+)";$/gm)
  ) {
    if (!module.startsWith(".")) outer.add(module);
    else {
      const next = posix.join(posix.dirname(path), module);
      for (const each of outerImports(next, files, seen)) outer.add(each);
    }
  }
  return outer;
}

Deno.test("an executable loads none of Node's modules before a command runs", () => {
  const files = new Map(
    [...embeddedFiles(executable)].map((
      { path, bytes },
    ) => [path, new TextDecoder().decode(bytes)]),
  );
  assertEquals([...outerImports(BUNDLED_ENTRY, files)], []);
  // The server needs them: the search finds imports.
  assert(outerImports("server/worker.js", files).has("node:net"));
});

Deno.test("Node's modules are given to packages in CommonJS when they ask for one", () => {
  const banner = [
    'import { createRequire as __deno_internal_createRequire } from "node:module";',
    "var __require = __deno_internal_createRequire(import.meta.url);",
    "return __require;",
  ].join("\n");
  const code = withLateModules(banner);
  assertEquals(code.split("\n").length, 3, "source maps count lines");
  const require = new Function(code)() as (name: string) => unknown;
  assertEquals((require("node:zlib") as { gunzipSync: unknown }).gunzipSync, gunzipSync);
});

Deno.test("missing, unneeded and too large content is reported, and other permissions", () => {
  const embedded: Embedded = {
    entry: "cli/main.js",
    permissions: { prompt: false, allow_net: [], allow_read: ["/etc"], allow_ffi: [] },
    unstable: [],
    files: ["cli/main.js", "a.md"],
    modules: ["cli/main.ts", "tests/a.test.ts"],
    packages: ["fast-check@4.10.2"],
    size: 1.1e7,
  };
  const needed = {
    files: ["cli/main.ts", "protocol/mod.ts", "server/worker.ts"],
    packages: ["commander@15.1.0"],
    barrels: ["protocol/mod.ts"],
    problems: ["cli/main.ts cannot be followed."],
  };
  const expected = (kind: string) => {
    const flag = PERMISSIONS.find((flag) => flag.startsWith(`--allow-${kind}=`))!;
    return JSON.stringify(flag.slice(12).split(","));
  };
  const problems = problemsOf(embedded, needed, ["cli/main.js", "server/worker.js"]);
  assertEquals(problems.filter((problem) => !problem.includes("permission")), [
    "cli/main.ts cannot be followed.",
    "server/worker.js is missing.",
    "a.md is embedded without need.",
    "server/worker.ts is not bundled.",
    "tests/a.test.ts is bundled without need.",
    "npm:fast-check@4.10.2 is bundled without need.",
    "11000000 bytes are embedded, more than 4500000.",
  ]);
  assertEquals(problems.filter((problem) => /allow_(env|read|ffi|net)/.test(problem)), [
    `The permission allow_env is undefined, expected ${expected("env")}.`,
    'The permission allow_read is ["/etc"], expected [].',
    `The permission allow_ffi is [], expected ${expected("ffi")}.`,
  ]);
});

/** Lines of a module, and what is found in them: threads, assets, problems. */
const REFERENCES: readonly (readonly [line: string, ...found: (readonly string[])[]])[] = [
  ['new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });', ["a/worker.ts"]],
  ['new Worker(\n  new URL("../b.ts", import.meta.url),\n)', ["b.ts"]],
  ['fetch(new URL("./page.html", import.meta.url));', [], ["a/page.html"]],
  ['await import("./x.ts"); import.meta.main; type A = typeof import("y");'],
  ['import data from "./x.json" with { type: "json" };'],
  ["// import(path) and new Worker(url)\n/** import.meta.dirname */"],
  ["await import(path);", [], [], ["a/x.ts uses import(path), which cannot be followed."]],
  ["import(`./${x}.ts`)", [], [], [
    "a/x.ts uses import(`./${x}.ts`), which cannot be followed.",
  ]],
  ["new Worker(url);", [], [], ["a/x.ts uses new Worker(url), which cannot be followed."]],
  ["read(import.meta.dirname)", [], [], [
    "a/x.ts uses import.meta.dirname, which cannot be followed.",
  ]],
  ["new URL(name, import.meta.url)", [], [], [
    "a/x.ts uses import.meta.url, which cannot be followed.",
  ]],
];

Deno.test("references: threads and assets are found, and everything that could name others", () => {
  for (const [line, workers = [], assets = [], problems = []] of REFERENCES) {
    assertEquals(referencesIn("a/x.ts", line), { workers, assets, problems }, line);
  }
  const exempt = ["import.meta.url.length"];
  assertEquals(referencesIn("a.ts", "import.meta.url.length", exempt).problems, []);
  assertEquals(referencesIn("a.ts", "", exempt).problems, [
    "a.ts no longer contains import.meta.url.length: remove it from ONLY_FROM_SOURCES.",
  ]);
});

Deno.test("references: a module that only exports others is one without code", () => {
  const exports = [
    'export { a, type B } from "./b.ts";',
    'export type {\n  C,\n} from "./c.ts";',
    'export * from "./d.ts";',
    'export * as e from "./e.ts";',
  ];
  assertEquals(isBarrel(`/** All. */\n${exports.join("\n")}\n`), true);
  for (const own of ["export const a = 1;", 'import "./x.ts";', "export { a };"]) {
    assertEquals(isBarrel(`${exports[0]}\n${own}\n`), false, own);
  }
});

Deno.test("without a base runtime, it fails with the reason", async () => {
  await withEmptyFolder(async (folder) => {
    // Without the permission, there is no network.
    const { success, stdout, stderr } = await runDeno([...COMPILE, "--output", folder]);
    assertEquals(success, false);
    assertMatch(stdout, /^Embedded: \d+ modules and .* and nothing else\.\n$/);
    assertMatch(
      stderr,
      /^Cannot make .*hubbub(\.exe)?: the base runtime cannot be downloaded from \S+ \(is there a network\?\)\. No executable was made or run\.\n$/,
    );
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  });
});

Deno.test({
  name: "an executable on a wrong base runtime is refused, although Deno reports success",
  // Linux accepts any executable as a base.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await withEmptyFolder(async (folder) => {
      const env = { DENORT_BIN: Deno.execPath() };
      const { success, stdout, stderr } = await runDeno([...COMPILE, "--output", folder], env);
      assertEquals(success, false);
      assertMatch(stdout, /^Made .*hubbub, \d+ MB\.\nFAIL prints its version: /m);
      assertMatch(stderr, /hubbub was made and does not work, so it was removed\.\n$/);
      assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
    });
  },
});

Deno.test("the embedded files alone pass the smoke test, with the permissions of the task", async () => {
  const { success, stdout, stderr } = await runDeno([
    "run",
    "--allow-net=127.0.0.1",
    ...COMPILE.slice(1),
    "--check",
  ]);
  assert(success, stdout + stderr);
  assertEquals(stdout.split("\n").slice(1), [
    "With the embedded files alone, Deno:",
    "PASS prints its version",
    "PASS prints its help",
    "PASS prints the completions for a shell",
    "PASS serves a chat between two clients",
    "PASS serves the page for browsers",
    "PASS keeps messages when it is started again",
    "PASS load-tests a server of its own, with two threads",
    "PASS has room for its clients below a low limit on open files",
    "PASS leaves nothing behind",
    "PASS runs nothing that lies in its folder for temporary files",
    "Checked without the base runtime. No executable was made, and none was run.",
    "",
  ]);
});

/** Runs the unpacked program, after a function has changed its folder. */
async function runUnpacked(
  parameters: readonly string[],
  change: (folder: string) => Promise<readonly string[] | void>,
) {
  return await withEmptyFolder(async (folder) => {
    const { command: [, run = "", ...options], env } = await unpackProgram(executable, folder);
    const further = await change(folder) ?? [];
    const { code, stdout, stderr } = await runDeno(
      [run, ...further, ...options, ...parameters],
      env,
    );
    return { code, stdout, stderr, folder };
  });
}

Deno.test("the unpacked program behaves as an executable", async () => {
  const version = await runUnpacked(["version", "--json"], async () => {});
  assertEquals(version.code, 0, version.stderr);
  const { commit, form } = JSON.parse(version.stdout);
  assertEquals([form, commit?.slice(0, 40)], ["executable", commitOfCheckout(REPOSITORY)]);
  // From its sources it would name the task that runs them.
  const { stdout } = await runUnpacked(["learn", "1"], async () => {});
  assertStringIncludes(stdout, "hubbub ");
  assertEquals(stdout.includes("deno task"), false);
});

Deno.test("a stack trace names the lines of the sources", async () => {
  const { code, stderr, folder } = await runUnpacked(["serve"], async (folder) => {
    const fault = join(folder, "fault.js");
    const text = 'Deno.addSignalListener = () => { throw new Error("broken"); };';
    await Deno.writeTextFile(fault, text);
    return [`--preload=${fault}`];
  });
  assertEquals(code, 1, stderr);
  const base = `${pathToFileURL(join(folder, "program"))}/`;
  const frames = [...stderr.matchAll(/ at (?:async )?([\w.]+) \((.+?):(\d+):(\d+)\)/g)]
    .map(([, name = "", url = "", line, column]) => ({ name, url, line, column }));
  assert(frames.length > 3, stderr);
  // Each calls the one above it.
  for (const [index, { url, line, column }] of frames.entries()) {
    if (index === 0) continue;
    assert(url.startsWith(base) && url.endsWith(".ts"), url);
    const lines = (await Deno.readTextFile(join(REPOSITORY, url.slice(base.length)))).split("\n");
    const code = lines[Number(line) - 1]!.slice(Number(column) - 1);
    const called = frames[index - 1]!.name.split(".").at(-1)!;
    assert(code.startsWith(called), `${url}:${line}:${column} is no call of ${called}`);
  }
});

Deno.test({
  name: "the smoke test finds files that a program leaves, and those of others that it runs",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withEmptyFolder(async (folder) => {
      const { command, env } = await unpackProgram(executable, folder);
      const lines: string[] = [];
      // One run: each takes seconds.
      const script = 'touch "$HOME/left"; [ ! -e "$TMPDIR/cli/main.ts" ] || exit 99; exec "$@"';
      const shell = ["sh", "-c", script, "sh", ...command];
      assertEquals(await smoke(shell, (line) => lines.push(line), env), false);
      const failures = lines.filter((line) => line.startsWith("FAIL"));
      assertEquals(failures.map((line) => line.replace(/:.*/s, "")), [
        "FAIL leaves nothing behind",
        "FAIL runs nothing that lies in its folder for temporary files",
      ]);
      assertMatch(failures[0]!, /HOME/);
    }),
});

/** What is embedded without which a command fails. */
const NEEDED_AT_RUN_TIME = [
  [/^send-\w+\.js$/, ["send", "127.0.0.1:1", "x"]],
  [/^server\/worker\.js$/, ["serve", "--port", "0"]],
] as const;

for (const [pattern, parameters] of NEEDED_AT_RUN_TIME) {
  Deno.test(`the unpacked program takes nothing from elsewhere: it fails without ${pattern}`, async () => {
    const [file = ""] = check.embedded.files.filter((each) => pattern.test(each));
    const { code, stderr } = await runUnpacked(
      parameters,
      (folder) => Deno.remove(join(folder, "program", file)),
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, file);
  });
}
