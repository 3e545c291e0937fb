/** `deno task simulate` as a real process. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runDeno } from "../../tools/repository.ts";

const runTask = (...parameters: string[]) =>
  runDeno([...config.tasks.simulate.command.split(" ").slice(1), ...parameters]);

Deno.test("simulate: runs seeds on threads, and prints what they did", async () => {
  const { code, stdout, stderr } = await runTask("--seeds", "3", "--from", "5", "--threads", "2");
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^3 seeds in [\d.]+ s, 0 broke a promise \(messages: \d+, .*\)\n$/);
});

Deno.test("simulate: one seed prints the same hash and trace each time", async () => {
  const first = await runTask("--seed", "1", "--trace");
  assertMatch(first.stdout, / the server starts\n[^]*\nseed 1: hash [\da-f]{8}, \{.*\}\n$/);
  assertEquals(await runTask("--seed", "1", "--trace"), first);
});

Deno.test("simulate: wrong arguments are wrong usage, exit 2", async () => {
  for (const words of [["--seeds", "0"], ["--trace"], ["fast"]]) {
    const { code, stderr } = await runTask(...words);
    assertEquals(code, 2);
    assert(stderr.includes("\nUsage: deno task simulate"), stderr);
  }
});

Deno.test("simulate: --help shows the usage", async () => {
  const { code, stdout } = await runTask("--help");
  assertEquals(code, 0);
  assertMatch(stdout, /^Usage: deno task simulate/);
});
