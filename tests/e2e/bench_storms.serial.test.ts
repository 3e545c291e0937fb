/**
 * `hubbub bench connect` and `hubbub bench backlog` as real processes.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProgram, startProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { sideBySide } from "../support/side_by_side.ts";

const isLinux = Deno.build.os === "linux";
if (!isLinux) console.log("Skipped: the accept queue can be looked into on Linux only.");

async function backlog(...parameters: string[]) {
  const { code, stdout, stderr } = await runProgram(["bench", "backlog", "--json", ...parameters]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test({
  name: "backlog 128 and 300 clients: 129 held, the others after the SYN's repetition",
  ignore: !isLinux,
  fn: async () => {
    const result = await backlog("--backlog", "128", "-c", "300", "-t", "5s");
    assertEquals(
      [result.scenario, result.requestedBacklog, result.effectiveBacklog, result.held],
      ["backlog", 128, Math.min(128, result.somaxconn) + 1, Math.min(128, result.somaxconn) + 1],
    );
    const { connections } = result.steps[0];
    assertEquals(connections, 129);
    assert(result.steps[1].fromMilliseconds > 900, JSON.stringify(result.steps));
    assertEquals(result.refused, 0);
    assert(result.listenOverflows >= 171 && result.listenDrops >= 171);
    assertEquals(result.unavailable, []);
    assertMatch(
      result.sentence,
      /^Backlog 128 requested, 129 connections held\. 300 clients: 129 connected at once, \d+ after .* s, none refused/,
    );
  },
});

Deno.test("backlog longer than the storm: all are connected at once, and served", async () => {
  const result = await backlog("--backlog", "100", "-c", "20", "--hold", "500ms");
  assertEquals([result.connected, result.greeted], [20, 20]);
  assertMatch(result.sentence, / 20 clients: 20 connected at once, none refused\. /);
});

/** Asserts that as many connections are held as asked for, and one more. */
async function holds(asked: number, clients: number): Promise<void> {
  const result = await backlog(
    ...["--backlog", String(asked), "-c", String(clients), "--hold", "1500ms", "-t", "5s"],
  );
  assertEquals(result.held, Math.min(asked, result.somaxconn) + 1);
  assertEquals(result.held, result.effectiveBacklog);
}

Deno.test({
  name: "backlog 0, 1 and 511: one more is held",
  ignore: !isLinux,
  fn: () =>
    sideBySide([
      ["backlog 0", () => holds(0, 3)],
      ["backlog 1", () => holds(1, 4)],
      ["backlog 511", () => holds(511, 520)],
    ]),
});

// By itself: thousands of clients delay those of other runs.
Deno.test({
  name: "a backlog over somaxconn: what it is capped to is held",
  ignore: !isLinux,
  fn: async () => {
    const result = await backlog(
      ...["--backlog", "65535", "-c", "4200", "--hold", "4s", "-t", "12s"],
    );
    assertEquals(result.effectiveBacklog, result.somaxconn + 1);
    assertEquals(result.held, Math.min(4200, result.somaxconn + 1));
  },
});

Deno.test("backlog: every client that the queue holds is served when the listener accepts", async () => {
  const result = await backlog("--backlog", "20", "-c", "20", "--hold", "500ms", "-t", "5s");
  assertEquals([result.connected, result.greeted, result.errors], [20, 20, []]);
  assert(!result.sentence.includes("never served"), result.sentence);
});

Deno.test("backlog of a server that runs: the storm part only, and it says so", async () => {
  await using server = await startServer();
  await using bench = startProgram(["bench", "backlog", `127.0.0.1:${server.port}`, "-c", "20"]);
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 0, printed + await bench.stderr.all());
  assert(printed.includes("The accept queue was not measured"), printed);
  assertMatch(
    printed,
    /20 clients: 20 connected at once, none refused\. No client had to wait/,
  );
});

Deno.test("connect: 200 against its own server, told apart", async () => {
  await using bench = startProgram(["bench", "connect", "-c", "200", "--json"]);
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 0, printed + await bench.stderr.all());
  const result = JSON.parse(printed);
  assertEquals(
    [result.connections, result.connected, result.greeted, result.joined],
    [200, 200, 200, 200],
  );
  const { connectMicroseconds: connect, greetMicroseconds: greet, joinMicroseconds: join } = result;
  assert(connect.p50 > 0 && connect.p50 <= greet.p50 && greet.p50 <= join.p50, printed);
  assertEquals(result.errors, []);
});

Deno.test("connect at a rate takes as long as the rate says", async () => {
  await using bench = startProgram(
    ["bench", "connect", "-c", "51", "--connect-rate", "100/s", "-j"],
  );
  const result = JSON.parse(await bench.stdout.all());
  assertEquals([await bench.exit, result.connectRate, result.joined], [0, 100, 51]);
  assert(result.durationSeconds >= 0.49, `${result.durationSeconds}`);
});

for (const scenario of ["connect", "backlog"]) {
  Deno.test(`${scenario} and a closed port: no figures, exit 3`, async () => {
    await using bench = startProgram(["bench", scenario, "127.0.0.1:1", "-c", "5"]);
    const printed = await bench.stdout.all();
    assertEquals(await bench.exit, 3, printed);
    assert(printed.includes("ECONNREFUSED"), printed);
    assert(!/\d ms|50%|connected at once/.test(printed), printed);
  });
}

Deno.test("connect --assert: what does not hold decides the exit code", async () => {
  await using wrong = startProgram(["bench", "connect", "--assert", "p99<1m"]);
  assertEquals(await wrong.exit, 2);
  assertMatch(await wrong.stderr.all(), /units us, ms, s\. .* Metrics: p50 p99 .* connect\.p50/);
  await using bad = startProgram(
    ["bench", "connect", "-c", "20", "--assert", "p99<60s,errors=0", "--assert", "joined>20"],
  );
  const printed = await bad.stdout.all();
  assertEquals(await bad.exit, 1, printed);
  assertMatch(
    printed,
    /joined in .*\nLoad tester: .*\n(?:Limited by: \w+ \(.*\)|No limit was found: .*)\.\nFAILED: Asserted joined>20: it was 20\.\n$/,
  );
});

Deno.test("options before the name of the scenario are not dropped without a word", async () => {
  await using bench = startProgram(["bench", "-c", "200", "connect"]);
  assertEquals(await bench.exit, 2);
  assertMatch(await bench.stderr.all(), /Give --connections after the name of the scenario/);
});

Deno.test({
  name: "more connections than descriptors: a sentence that names ulimit -n, exit 2",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using bench = startProgram(["bench", "connect", "-c", "100000"], {
      shell: 'ulimit -n 4096; exec "$@"',
    });
    assertEquals(await bench.exit, 2);
    assertMatch(await bench.stderr.all(), /Cannot open 100000 connections: .*ulimit -n/);
  },
});
