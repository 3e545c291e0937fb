/**
 * The trials of `hubbub bench` as real processes.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../support/addresses.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { IS_THOROUGH, sampleOf } from "../support/thorough.ts";

async function printedBy(...parameters: string[]): Promise<{ printed: string; exit: number }> {
  const { code, stdout } = await runProgram(["bench", ...parameters]);
  return { printed: stdout, exit: code };
}

Deno.test("rounds: against a server of its own, a row a size", async () => {
  const { printed, exit } = await printedBy("rounds", "--sizes", "1,8", "-d", "200ms");
  assertEquals(exit, 0, printed);
  assertMatch(printed, /^│ 8 +│ [\d.]+ [µm]s/m);
  assertMatch(
    printed,
    /Median time until all receivers have a message: .* with 8 receivers, .*\nLoad tester: .*\nLimited by: \w+ \(.*\)\.\n$/,
  );
});

Deno.test({ name: "rounds: one JSON object and nothing else", ignore: !IS_THOROUGH }, async () => {
  const { printed, exit } = await printedBy("rounds", "--sizes", "4", "-d", "200ms", "-j");
  const result = JSON.parse(printed);
  assertEquals([exit, result.scenario, result.joined, result.failures], [0, "rounds", 5, []]);
  assert(result.sizes[0].roundMicroseconds.samples > 0, printed);
});

Deno.test(
  { name: "rounds and a closed port: no figures, exit 3", ignore: !IS_THOROUGH },
  async () => {
    const { printed, exit } = await printedBy("rounds", "127.0.0.1:1", "--sizes", "2");
    assertEquals(exit, 3, printed);
    assertMatch(printed, /ECONNREFUSED/);
    assert(!/\d ms/.test(printed), printed);
  },
);

Deno.test({
  name: "rounds and Ctrl+C: the report so far, exit 130",
  ignore: Deno.build.os === "windows" || !IS_THOROUGH,
  fn: async () => {
    await using bench = startProgram(["bench", "rounds", "--sizes", "2,3", "-d", "1h"]);
    await bench.stdout.until(/^1 sender/m);
    bench.child.kill("SIGINT");
    assertMatch(await bench.stdout.all(), /Interrupted\./);
    assertEquals(await bench.exit, 130);
  },
});

Deno.test("codec: a row for each codec and direction", async () => {
  const { printed, exit } = await printedBy("codec", "-d", "20ms");
  assertEquals(exit, 0, printed);
  assertMatch(printed, /^│ JSON lines, decode +│ [\d.]+ [nµ]s/m);
  // Without connections nothing is known of the load tester and of what limits.
  assert(!/Load tester|Limited by|No limit/.test(printed), printed);
});

Deno.test("rooms: a server of its own takes more rooms than others do from one address", async () => {
  const { printed, exit } = await printedBy("rooms", "--rooms", "40", "-c", "80", "-d", "300ms");
  assertEquals(exit, 0, printed);
  assertMatch(printed, /^40 rooms, 80 members: of /m);
});

Deno.test("churn: against a server of its own, all clients join and nothing is lost", async () => {
  const { printed, exit } = await printedBy(
    ...["churn", "-c", "8", "--churn-rate", "50/s", "--stay", "50ms", "-d", "1s", "-j"],
  );
  const result = JSON.parse(printed);
  assertEquals([exit, result.joined, result.churn.failed, result.failures], [0, 8, 0, []]);
  assert(result.churn.joined > 0 && result.joinMicroseconds.p50 > 0, printed);
  assertEquals(result.deliveries.received, result.deliveries.expected);
});

Deno.test("churn and a closed port: no figures, exit 3", async () => {
  const { printed, exit } = await printedBy("churn", "127.0.0.1:1", "-c", "2");
  assertEquals(exit, 3, printed);
  assertMatch(printed, /ECONNREFUSED/);
  assert(!/\d ms/.test(printed), printed);
});

Deno.test("rooms: against a server of its own, nothing comes to a wrong room", async () => {
  const { printed, exit } = await printedBy(
    ...["rooms", "--rooms", "5", "-c", "16", "-R", "100/s", "-d", "500ms"],
  );
  assertEquals(exit, 0, printed);
  assertMatch(printed, /5 rooms, 16 members: of \d+ deliveries, 0 lost, .* 0 misdelivered\.\n/);
  assertMatch(
    printed,
    /No message was delivered to a wrong room; 99% of the deliveries took at most .* ms\.\n(?:(?:Joining took|After sending ended,) .*\n)*Load tester: .*\nLimited by: \w+ \(.*\)\.\n$/,
  );
});

Deno.test("rooms: too few members for the rooms are refused with what to give", async () => {
  await using bench = startProgram(["bench", "rooms", "--rooms", "5", "-c", "9"]);
  assertEquals(await bench.exit, 2);
  assertMatch(
    await bench.stderr.all(),
    /Cannot fill 5 rooms with 9 connections: .* -c 10 or more\./,
  );
});

for (const scenario of sampleOf(["rooms", "churn", "stall"], 1)) {
  Deno.test({
    name: `${scenario} and Ctrl+C: the report so far, exit 130`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using bench = startProgram(["bench", scenario, "-c", "32", "-d", "1h"]);
      await bench.stdout.until(/^32 connections/m);
      bench.child.kill("SIGINT");
      assertMatch(await bench.stdout.all(), /Interrupted\./);
      assertEquals(await bench.exit, 130);
    },
  });
}

Deno.test("bench: a page that cannot be written is reported before a trial begins", async () => {
  for (const scenario of sampleOf(["rounds", "backlog", "codec", "stall"], 1)) {
    await using bench = startProgram(["bench", scenario, "--html", "/dev/null/page.html"]);
    assertEquals(await bench.exit, 2, scenario);
    assertEquals(await bench.stdout.all(), "");
    assertMatch(await bench.stderr.all(), /^Cannot write the report to \/dev\/null\/page\.html: /);
  }
});

Deno.test("bench -- COMMAND: a second signal ends bench at once, and a server that does not stop", async () => {
  const command = 'trap "" TERM; echo started >&2; while :; do sleep 1; done';
  const address = `127.0.0.1:${freePort()}`;
  await using bench = startProgram(["bench", "broadcast", address, "--", "sh", "-c", command]);
  await bench.stderr.until(/started/);
  bench.child.kill("SIGINT");
  bench.child.kill("SIGTERM"); // another signal: the same one again would be the same press of Ctrl+C
  assertEquals(await bench.exit, 130);
  // The server would keep the pipe open, and bench would print why it ended after it had stopped it.
  assertEquals(await bench.stderr.all(), "started\n");
});
