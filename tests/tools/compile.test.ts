/**
 * The content of the executable, and that `deno task compile` reports only verified results. Neither
 * the base runtime nor a network is needed.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { commitOfCheckout } from "../../cli/build_info.ts";
import { STAMP_FILE } from "../../tools/build_stamp.ts";
import { ENTRY, PERMISSIONS } from "../../tools/compile_arguments.ts";
import { type Embedded, embeddedFiles, readEmbedded } from "../../tools/embedded_data.ts";
import { checkEmbedding, compileOnStandIn, problemsOf } from "../../tools/embedding.ts";
import { referencesIn } from "../../tools/needed_modules.ts";
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
  ...[`--allow-run=${Deno.execPath()},git`, "tools/compile.ts"],
];

const executable = await withStage(compileOnStandIn);

Deno.test("the executable contains the files that it needs, and no others", async () => {
  const { embedded: { entry, files, packages, permissions, size, unstable }, problems } =
    await checkEmbedding(executable);
  assertEquals(problems, []);
  assertEquals(entry, ENTRY);
  assertEquals(unstable, ["worker-options"], "or serve would end when it starts its thread");
  // The check compares with `deno info`; this list repeats the most important files.
  const needed = [
    "server/worker.ts",
    "server/server.ts",
    "bench/engine/scenario_worker.ts",
    "bench/load/alarm_worker.ts",
    "bench/ledger/ledger.ts",
  ];
  for (const file of needed) assert(files.includes(file), `${file} is missing`);
  const folders = new Set(files.map((file) => file.split("/")[0]!));
  for (const folder of ["tests", "tools"]) assert(!folders.has(folder), `${folder} is in`);
  const documents = files.filter((file) => file.startsWith("docs/"));
  assertEquals(documents.toSorted(), ["docs/LESSONS.md", "docs/bench.schema.json"]);
  assert(packages.some((name) => name.startsWith("commander@")), "commander is missing");
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
    ],
    allow_run: [],
    allow_ffi: PERMISSIONS.find((flag) => flag.startsWith("--allow-ffi="))!.slice(12).split(","),
    prompt: false,
  });
});

/** Files that a build writes: the commit, and the configuration without what only authors need. */
const WRITTEN = [STAMP_FILE, "deno.json"];

Deno.test("the executable contains the text of each other file unchanged", async () => {
  for (const { path, isOfPackage, bytes } of embeddedFiles(executable)) {
    if (isOfPackage || WRITTEN.includes(path)) continue;
    assertEquals(bytes, await Deno.readFile(join(REPOSITORY, path)), path);
  }
});

Deno.test("the executable contains its commit, and the licence of each package", () => {
  const files = embeddedFiles(executable);
  const text = (wanted: string) =>
    new TextDecoder().decode(files.find(({ path }) => path === wanted)!.bytes);
  assertMatch(text(STAMP_FILE), /STAMP: BuildStamp = \{"commit":.*,"form":"executable"\};\n$/m);
  assertStringIncludes(text(STAMP_FILE), `{"commit":"${commitOfCheckout(REPOSITORY)}`);
  assertEquals(JSON.parse(text("deno.json")).tasks, undefined);
  const licensed = files.map(({ path }) => /^[^/]+\/(.+)\/([^/]+)\/LICENSE\.md$/.exec(path))
    .filter((match) => match !== null).map(([, name, version]) => `${name}@${version}`);
  // This one has none in its package, but names it in package.json.
  assertEquals(
    [...licensed, "@assemblyscript/loader@0.19.23"].sort(),
    readEmbedded(executable).packages,
  );
});

Deno.test("missing, unneeded and too large content is reported, and other permissions", () => {
  const embedded: Embedded = {
    entry: "mod.ts",
    permissions: { prompt: false, allow_net: [], allow_read: ["/etc"], allow_ffi: [] },
    unstable: [],
    files: ["mod.ts", "tests/a.test.ts"],
    packages: ["fast-check@4.10.2"],
    size: 1.1e7,
  };
  const needed = {
    files: ["mod.ts", "server/worker.ts"],
    packages: ["commander@15.1.0"],
    problems: ["mod.ts cannot be followed."],
  };
  const expected = (kind: string) => {
    const flag = PERMISSIONS.find((flag) => flag.startsWith(`--allow-${kind}=`))!;
    return JSON.stringify(flag.slice(12).split(","));
  };
  const problems = problemsOf(embedded, needed);
  assertEquals(problems.filter((problem) => !problem.includes("permission")), [
    "mod.ts cannot be followed.",
    "server/worker.ts is missing.",
    "tests/a.test.ts is embedded without need.",
    "npm:commander@15.1.0 is missing.",
    "npm:fast-check@4.10.2 is embedded without need.",
    "11000000 bytes are embedded, more than 9000000.",
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

Deno.test("without a base runtime, it fails with the reason", async () => {
  await withEmptyFolder(async (folder) => {
    // Without the permission, there is no network.
    const { success, stdout, stderr } = await runDeno([...COMPILE, "--output", folder]);
    assertEquals(success, false);
    assertMatch(stdout, /^Embedded: \d+ modules, .* and nothing else\.\n$/);
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

Deno.test("the embedded files alone pass the smoke test, with the executable's permissions", async () => {
  const lines: string[] = [];
  await withEmptyFolder(async (folder) => {
    const { command, env } = await unpackProgram(executable, folder);
    const { success, stdout } = await runDeno(
      [...command.slice(1), "version", "--json"],
      { ...env, NO_COLOR: "1" },
    );
    assert(success);
    const { commit, form } = JSON.parse(stdout);
    assertEquals([form, commit?.slice(0, 40)], ["executable", commitOfCheckout(REPOSITORY)]);
    assert(await smoke(command, (line) => lines.push(line), env), lines.join("\n"));
  });
  assertEquals(lines, [
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
  ]);
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

/** Embedded files and packages without which a command fails. */
const NEEDED_AT_RUN_TIME = [
  ["program/cli/send.ts", ["send", "127.0.0.1:1", "x"]],
  ["program/server/worker.ts", ["serve", "--port", "0"]],
  ["cache/npm/localhost/commander", ["--version"]],
] as const;

for (const [path, parameters] of NEEDED_AT_RUN_TIME) {
  Deno.test(`the unpacked program takes nothing from elsewhere: it fails without ${path}`, async () => {
    await withEmptyFolder(async (folder) => {
      const { command, env } = await unpackProgram(executable, folder);
      await Deno.remove(join(folder, path), { recursive: true });
      const { code, stderr } = await new Deno.Command(command[0]!, {
        args: [...command.slice(1), ...parameters],
        env: { ...env, NO_COLOR: "1" },
      }).output();
      assertEquals(code, 1);
      const name = path.split("/").at(-1)!;
      assertStringIncludes(new TextDecoder().decode(stderr), name);
    });
  });
}
