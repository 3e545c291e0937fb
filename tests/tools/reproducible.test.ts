/** That the executable is the same for all who build it, and what it depends on. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { commitOfCheckout } from "../../cli/build_info.ts";
import { commitOfSources, STAMP_FILE, stampedSource, StampError } from "../../tools/build_stamp.ts";
import { REPOSITORY, runDeno, withEmptyFolder } from "../../tools/repository.ts";
import { run } from "../support/commands.ts";

const COMMIT = commitOfCheckout(REPOSITORY);

/** Makes an executable on a stand-in for the base runtime; prints its SHA-256 sum and its commit. */
const BUILD = `
  import { sha256 } from "./tools/base_runtime.ts";
  import { embeddedFiles } from "./tools/embedded_data.ts";
  import { compileOnStandIn } from "./tools/embedding.ts";
  import { withStage } from "./tools/stage.ts";
  const executable = await withStage(compileOnStandIn);
  const code = embeddedFiles(executable).filter(({ path }) => path.endsWith(".js"))
    .map(({ bytes }) => new TextDecoder().decode(bytes)).join("\\n");
  const commit = /STAMP = \\{\\n  "commit": "?([^",]+)/.exec(code)[1];
  console.log(JSON.stringify({ sum: await sha256(executable), commit }));
`;

async function build(folder: string, env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await runDeno(["eval", BUILD], env, folder);
  assert(success, stderr);
  return JSON.parse(stdout) as { readonly sum: string; readonly commit: string };
}

async function clone(folder: string): Promise<void> {
  const { code, stderr } = await run("git", "clone", "--quiet", REPOSITORY, folder);
  assertEquals(code, 0, stderr);
}

/** Gives all files of a folder a time two days ago. */
async function makeOlder(folder: string): Promise<void> {
  const time = new Date(Date.now() - 2 * 24 * 3600 * 1000);
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory && name !== ".git") await makeOlder(path);
    await Deno.utime(path, time, time);
  }
}

Deno.test({
  name:
    "reproducible: two clones, two days apart, make the same bytes; a changed file makes others",
  // Sources without Git have no commit. Windows has no cp.
  ignore: COMMIT === null || Deno.build.os === "windows",
  fn: () =>
    withEmptyFolder(async (folder) => {
      const [first, second] = [join(folder, "a"), join(folder, "another folder/b")];
      await clone(first);
      await clone(second);
      await makeOlder(second);
      // Another user has a cache of their own, of another time and another registry.
      const { denoDir, npmCache } = JSON.parse((await runDeno(["info", "--json"])).stdout);
      const cache = join(folder, "cache");
      await Deno.mkdir(join(cache, "npm"), { recursive: true });
      const registries = await Array.fromAsync(Deno.readDir(npmCache));
      for (const { name } of registries) {
        const target = join(cache, "npm", registries.length === 1 ? "mirror.test" : name);
        assertEquals((await run("cp", "-R", join(npmCache, name), target)).code, 0);
      }
      assertEquals((await run("cp", "-R", join(denoDir, "dl"), join(cache, "dl"))).code, 0);
      await makeOlder(cache);

      // Files that are not embedded do not matter.
      await Deno.writeTextFile(join(second, "README.md"), "changed");
      const expected = await build(first);
      assertEquals(expected.commit, COMMIT);
      assertEquals(
        await build(second, {
          ...{ DENO_DIR: cache, TMPDIR: cache, OTEL_DENO: "true", OTEL_DENO_CONSOLE: "capture" },
          ...(registries.length === 1 ? { NPM_CONFIG_REGISTRY: "http://mirror.test/" } : {}),
        }),
        expected,
      );

      // Others do, and are visible in the commit.
      await Deno.writeTextFile(join(second, "cli/new.ts"), "");
      const changed = await build(second);
      assertEquals(changed.commit, `${COMMIT}-modified`);
      assert(changed.sum !== expected.sum);
    }),
});

Deno.test("reproducible: the time is that of the commit, or SOURCE_DATE_EPOCH", async () => {
  const { name, time } = await commitOfSources(["cli"], undefined);
  assertEquals(name?.replace("-modified", "") ?? null, COMMIT);
  assert(COMMIT === null ? time === 0 : time > 1_700_000_000, `${time}`);
  assertEquals((await commitOfSources(["cli"], "123")).time, 123);
  for (const wrong of ["yesterday", "-1", "1.5"]) {
    await assertRejects(
      () => commitOfSources(["cli"], wrong),
      StampError,
      `Invalid SOURCE_DATE_EPOCH "${wrong}"`,
    );
  }
});

Deno.test({
  name: "reproducible: a checkout that Git refuses to read and a wrong time are errors",
  ignore: COMMIT === null,
  fn: async () => {
    const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-run"];
    for (
      const [env, reason] of [
        // As Git sees a folder of another user.
        [{ GIT_DIR: "/dev/null" }, "Cannot read the commit of this checkout with Git. "],
        [{ SOURCE_DATE_EPOCH: "today" }, 'Invalid SOURCE_DATE_EPOCH "today": '],
      ] as const
    ) {
      const { success, stderr } = await runDeno(
        ["run", ...permissions, "tools/compile.ts", "--check"],
        env,
      );
      assertEquals(success, false);
      assertStringIncludes(stderr, reason);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  },
});

Deno.test("reproducible: a stamp is written only where one is declared", async () => {
  const source = await Deno.readTextFile(join(REPOSITORY, STAMP_FILE));
  const stamped = stampedSource(source, { commit: "abc", form: "executable" });
  assertEquals(
    stamped.split("\n").filter((line) => !source.includes(line)),
    ['export const STAMP: BuildStamp = {"commit":"abc","form":"executable"};'],
  );
  assertThrows(() => stampedSource("", { commit: null, form: "source" }), Error, "Cannot write");
});
