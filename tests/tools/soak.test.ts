/**
 * `deno task soak` as a real process, with few clients. Its measurements are not checked here: the tests
 * share the machine.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runDeno } from "../../tools/repository.ts";

const runTask = (...parameters: string[]) =>
  runDeno([...config.tasks.soak.command.split(" ").slice(1), ...parameters]);

Deno.test("soak: with few clients it prints a line per second and one table, and nothing is lost", async () => {
  const kinds = "talker,listening,resetter,websocket-flooder,half-tls";
  const { stdout, stderr } = await runTask("0.1", "--only", kinds, "--clients", "10");
  const output = stdout + stderr;
  assertEquals(stderr.match(/^\d\/6 s: /gm)?.length, 6, output);
  const row = (what: string) =>
    new RegExp(`^│ ${what} +│ (.*?) +│ (.*?) +│ (.*?) +│$`, "m").exec(stdout)?.slice(1);
  const rows = ["whisper p50", "whisper p99", "RSS maximum", "event loop delay p99"];
  for (const what of rows) assertMatch(row(what)?.[0] ?? "none", /\d/, output);
  assertEquals(row("lost"), ["0", "0", "ok"], output);
  assertEquals(row("honest clients still connected"), ["30", "30", "ok"], output);
  assertEquals(row("server")?.[2], "ok", output);
  for (const kind of kinds.split(",")) {
    assertMatch(row(`hostile: ${kind}`)?.[0] ?? "none", /\d connections/, output);
  }
});

Deno.test("soak: unknown arguments are wrong usage, exit 2", async () => {
  const { code, stderr } = await runTask("--only", "unknown");
  assertEquals(code, 2);
  assert(stderr.startsWith('Unknown kind "unknown".\nUsage: deno task soak'), stderr);
});

Deno.test("soak: --help shows the usage", async () => {
  const { code, stdout, stderr } = await runTask("--help");
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^Usage: deno task soak[^]*\nKinds: /);
});
