/**
 * The content of the executable, and that `deno task compile` reports only verified results. Neither
 * the base runtime nor a network is needed.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { ENTRY, PERMISSIONS } from "../../tools/compile_arguments.ts";
import { checkEmbedding, type Embedded, problemsOf } from "../../tools/embedding.ts";
import { REPOSITORY, runDeno, withEmptyFolder } from "../../tools/repository.ts";
import { smoke } from "../../tools/smoke.ts";

/** The permissions of `deno task compile`, without the network. */
const COMPILE = [
  ...["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-env=DENORT_BIN"],
  ...[`--allow-run=${Deno.execPath()}`, "tools/compile.ts"],
];

Deno.test("the executable contains the files that it needs, and no others", async () => {
  const { embedded: { entry, files, packages, permissions, size, unstable }, problems } =
    await checkEmbedding();
  assertEquals(problems, []);
  assertEquals(entry, ENTRY);
  assertEquals(unstable, ["worker-options"], "or serve would end when it starts its thread");
  // The check compares with `deno info`; this list repeats the most important files.
  const needed = [
    "server/worker.ts",
    "server/server.ts",
    "bench/engine/worker.ts",
    "bench/load/alarm_worker.ts",
    "bench/ledger/ledger.ts",
  ];
  for (const file of needed) assert(files.includes(file), `${file} is missing`);
  const folders = new Set(files.map((file) => file.split("/")[0]!));
  for (const folder of ["tests", "tools", "docs"]) assert(!folders.has(folder), `${folder} is in`);
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

Deno.test("missing, unneeded and too large content is reported", () => {
  const embedded: Embedded = {
    entry: "mod.ts",
    permissions: {},
    unstable: [],
    files: ["mod.ts", "tests/a.test.ts"],
    packages: ["fast-check@4.10.2"],
    size: 1e7,
  };
  const needed = { files: ["mod.ts", "server/worker.ts"], packages: ["commander@15.1.0"] };
  assertEquals(problemsOf(embedded, needed), [
    "server/worker.ts is missing.",
    "tests/a.test.ts is embedded without need.",
    "npm:commander@15.1.0 is missing.",
    "npm:fast-check@4.10.2 is embedded without need.",
    "10000000 bytes are embedded, more than 9000000.",
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

Deno.test("the smoke test passes on the sources, with the executable's own permissions", async () => {
  const lines: string[] = [];
  const sources = ["protocol", "server", "bench"].map((folder) => join(REPOSITORY, folder));
  const permissions = PERMISSIONS.map((flag) =>
    // From its sources, the program also has to read those of its threads.
    flag.startsWith("--allow-read=") ? `${flag},${sources.join(",")}` : flag
  );
  const command = [Deno.execPath(), "run", ...permissions, join(REPOSITORY, ENTRY)];
  assert(await smoke(command, (line) => lines.push(line)), lines.join("\n"));
  assertEquals(lines, [
    "PASS prints its version",
    "PASS prints its help",
    "PASS serves a chat between two clients",
    "PASS load-tests a server of its own",
    "PASS leaves nothing behind",
  ]);
});
