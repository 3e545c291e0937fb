/**
 * `hubbub bench stall` and `hubbub bench restart` as real processes.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProgram, startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { IS_THOROUGH, sampleOf } from "../support/thorough.ts";

async function resultOf(...parameters: string[]) {
  const { code, stdout, stderr } = await runProgram(["bench", ...parameters, "--json"]);
  assertEquals(code, 0, stdout + stderr);
  return JSON.parse(stdout);
}

const STALLED = "stall: the others lose nothing, and what the stalled miss adds up";
Deno.test({ name: STALLED, ignore: !IS_THOROUGH }, async () => {
  // What the kernel and the server hold for the stalled one must be full before anything is skipped:
  // on a busy machine that takes longer.
  for (const seconds of [3, 10, 30]) {
    const result = await resultOf(
      ...["stall", "-c", "6", "--stalled", "1", "-s", "2"],
      ...["-R", "2000", "-P", "4096", "-d", `${seconds * 1000}ms`],
    );
    const { expected, received, skipped, cutOff, lost } = result.stalledDeliveries;
    assertEquals(expected, received + skipped);
    assertEquals([cutOff, lost, result.readers.lost, result.errors], [0, 0, 0, []]);
    assertEquals(result.readers.expected, result.messages * 4);
    assert(result.latencyBeforeMicroseconds.p50 > 0 && result.latencyDuringMicroseconds.p50 > 0);
    assertMatch(
      result.sentence,
      /^While 1 client did not read, 0 deliveries to the others were lost, and their p99 /,
    );
    if (skipped > 0) return;
  }
  throw new Error("the server has skipped nothing");
});

Deno.test("bench: more senders than there are connections that can send are refused, exit 2", async () => {
  for (
    const [parameters, said] of sampleOf(
      [
        [["stall", "-c", "4", "--stalled", "3"], /^Cannot let 3 of 4 connections stop reading/],
        [["stall", "-c", "6", "--stalled", "3", "-s", "4"], /^Cannot use 4 senders with 3 connect/],
        [["restart", "-c", "4", "-s", "5"], /^Cannot use 5 senders with 4 connections/],
        [["churn", "-c", "4", "-s", "5"], /^Cannot use 5 senders with 4 connections/],
        [["broadcast", "-c", "10", "-s", "20"], /^Cannot use 20 senders with 10 connections/],
      ] as const,
      2,
    )
  ) {
    await using bench = startProgram(["bench", ...parameters]);
    assertEquals([parameters, await bench.exit], [parameters, 2]);
    assertMatch(await bench.stderr.all(), said);
  }
});

Deno.test({
  name: "stall: Ctrl+C prints the report so far, exit 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = await startServer();
    const person = await RawClient.join(server.port, "person");
    await using bench = startProgram([
      ...["bench", "stall", `127.0.0.1:${server.port}`, "--profile", "text"],
      ...["-R", "8", "-d", "1m", "-j"],
    ]);
    await person.until(/bench-\S+: ~/);
    bench.child.kill("SIGINT");
    const result = JSON.parse(await bench.stdout.all());
    assertEquals([await bench.exit, result.interrupted, result.failures], [130, true, []]);
    assert(result.messages > 0 && result.readers.lost === 0);
    person.close();
  },
});

Deno.test("restart: its own server is killed and started again, and all come back", async () => {
  const result = await resultOf(
    ...["restart", "-c", "8", "-s", "2", "-R", "200", "-d", "300ms", "--down", "200ms"],
  );
  assertEquals([result.joined, result.back, result.failures], [8, 8, []]);
  assert(result.attempts > 8 && result.downSeconds >= 0.2, JSON.stringify(result));
  assert(result.allBackSeconds >= result.downSeconds, JSON.stringify(result));
  assertEquals(result.deliveriesAfter.received, result.messagesAfter * 7);
  assertMatch(
    result.sentence,
    /^The server was down for .* All 8 clients reconnected .*, with \d+ attempts\. /,
  );
});

Deno.test("stall and a closed port: no figures, exit 3", async () => {
  await using bench = startProgram(["bench", "stall", "127.0.0.1:1"]);
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 3, printed);
  assertMatch(
    printed,
    /FAILED: Cannot join the chat at 127\.0\.0\.1:1: connection refused: no server listens there \(ECONNREFUSED\)/,
  );
  assert(!/\d ms|50%/.test(printed), printed);
});

Deno.test({
  name: "restart: Ctrl+C before the kill prints the report so far, exit 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using bench = startProgram(["bench", "restart", "-c", "4", "-d", "1h"]);
    await bench.stdout.until(/^4 connections/m);
    bench.child.kill("SIGINT");
    assertMatch(await bench.stdout.all(), /Interrupted\./);
    assertEquals(await bench.exit, 130);
  },
});
