/** What the program reports about itself. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { commitOfCheckout } from "../../cli/build_info.ts";
import { isFromSources, PROJECT, runProgram, startServe } from "../support/program.ts";

const ignore = !isFromSources("version: the values are those of the sources and of Deno");

const COMMIT = commitOfCheckout(PROJECT);

Deno.test({
  name: "version: one line with --version, all of the build with the subcommand",
  ignore,
  fn: async () => {
    const short = await runProgram(["--version"]);
    assertEquals(short, { code: 0, stdout: `${config.version}\n`, stderr: "" });

    const { stdout, stderr, code } = await runProgram(["version"], {
      env: { XDG_CONFIG_HOME: "/of/a/user" },
    });
    assertEquals([code, stderr], [0, ""]);
    const [first, ...rows] = stdout.trimEnd().split("\n");
    assertEquals(first, `hubbub ${config.version}`);
    const shown = Object.fromEntries(rows.map((row) => row.split(/ {2,}/)));
    assertEquals(shown, {
      commit: COMMIT ?? "unknown",
      "made as": "source",
      runtime: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
      target: Deno.build.target,
      configuration: join("/of/a/user", "hubbub"),
      data: "in memory, without --data",
    });
  },
});

Deno.test("version: control characters of the environment are not printed", async () => {
  const env = { HUBBUB_DATA: "/a\x1b]0;b\x07", XDG_CONFIG_HOME: "/c\x1b[2J" };
  const { stdout, code } = await runProgram(["version"], { env });
  assertEquals(code, 0);
  assertStringIncludes(stdout, "/a]0;b");
  assertEquals(stdout.replaceAll(/[\n -~]/g, ""), "");
});

Deno.test({
  name: "version: as JSON, with the data folder of the environment",
  ignore,
  fn: async () => {
    const { stdout, stderr, code } = await runProgram(["version", "--json"], {
      env: { HUBBUB_DATA: "chat", XDG_CONFIG_HOME: "/of/a/user" },
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout), {
      version: config.version,
      commit: COMMIT,
      form: "source",
      runtime: `Deno ${Deno.version.deno}`,
      engine: `V8 ${Deno.version.v8}`,
      target: Deno.build.target,
      configuration: join("/of/a/user", "hubbub"),
      data: join(PROJECT, "chat"),
    });
  },
});

Deno.test({
  name: "version: a server exposes its build in /metrics",
  ignore,
  fn: async () => {
    await using serve = await startServe();
    const metrics = await (await fetch(`http://127.0.0.1:${serve.port}/metrics`)).text();
    const [build = ""] = /^hubbub_build_info\{.*\} 1$/m.exec(metrics) ?? [];
    assertMatch(build, /server="hubbub [\d.]+"/);
    for (
      const label of [
        `version="${config.version}"`,
        `commit="${COMMIT ?? "unknown"}"`,
        'form="source"',
        `runtime="Deno ${Deno.version.deno}"`,
        `target="${Deno.build.target}"`,
      ]
    ) assertStringIncludes(build, label);
  },
});

Deno.test("version: reports of errors are asked for what the subcommand prints", async () => {
  const template = await Deno.readTextFile(join(PROJECT, ".github/ISSUE_TEMPLATE/error.yml"));
  assertStringIncludes(template, "hubbub version");
});
