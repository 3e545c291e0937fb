/**
 * `hubbub bench` as a real process, against its own server and against one that runs.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";

Deno.test("broadcast --json prints one object on standard output, and it adds up", async () => {
  await using bench = startProgram(
    ["bench", "broadcast", "-c", "128", "-s", "8", "-p", "64", "-d", "1", "--json"],
  );
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 0, await bench.stderr.all());
  const result = JSON.parse(printed);
  assertEquals(
    [result.scenario, result.profile, result.connections, result.senders, result.joined],
    ["broadcast", "json", 128, 8, 128],
  );
  assert(result.durationSeconds >= 1 && result.durationSeconds < 10, printed);
  const { deliveries, latencyMicroseconds: latency } = result;
  assertEquals(deliveries.expected, result.messages * 127);
  assertEquals(deliveries.received, deliveries.expected);
  assertEquals([deliveries.lost, deliveries.duplicated, deliveries.reordered], [0, 0, 0]);
  assert(deliveries.perSecond > 1000, printed);
  for (const field of ["p2_5", "p50", "p97_5", "p99", "mean", "stdev", "max"]) {
    assert(latency[field] > 0, field);
  }
  assert(latency.p50 <= latency.p97_5 && latency.p99 <= latency.max);
  assertEquals(result.errors, []);
});

Deno.test("against a server that runs, as text, by amount; others in the room do not matter", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "person");
  await using bench = startProgram([
    ...["bench", "broadcast", `127.0.0.1:${server.port}`, "--profile", "text"],
    ...["-c", "16", "-s", "4", "-a", "1000"],
  ]);
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 0, printed + await bench.stderr.all());
  assertMatch(printed, /Running 1,?000 messages broadcast @ 127\.0\.0\.1:\d+/);
  for (const stat of ["Latency", "Deliveries/s", "Bytes/s", "97.5%"]) {
    assert(printed.includes(stat), stat);
  }
  assertMatch(printed, /15,000 deliveries of 1,000 messages/);
  assert(printed.includes("No delivery was lost, corrupted, duplicated or reordered."), printed);
  assert(!printed.includes("\u001b"), "no escape codes in a pipe");
  person.close();
});

Deno.test("--json: one object on standard output, and why it failed on standard error", async () => {
  const small = ["-c", "4", "-s", "1", "-d", "200ms", "--json"];
  for (
    const [parameters, reason] of sampleOf(
      [
        [
          ["broadcast", ...small, "--assert", "p99<1us"],
          /^FAILED: Asserted p99<1us: it was .* ms\.\n$/,
        ],
        [["broadcast", ...small, "--find-limit", "p99<1us"], /^FAILED: Asserted p99<1us: it was/],
        [
          ["rounds", "127.0.0.1:1", "--json"],
          /^FAILED: Cannot join the chat at .*: connection refused: no server listens there \(ECONNREFUSED\)/,
        ],
        [
          ["connect", "127.0.0.1:1", "--json"],
          /^FAILED: Cannot join the chat at .*: connection refused: no server listens there \(ECONNREFUSED\)/,
        ],
      ] as const,
      1,
    )
  ) {
    await using bench = startProgram(["bench", ...parameters]);
    const printed = await bench.stdout.all();
    assert(await bench.exit !== 0, printed);
    assertEquals(printed.split("\n").length, 2);
    JSON.parse(printed);
    assertMatch(await bench.stderr.all(), reason);
  }
});

Deno.test("options that are given alone: no in the environment is a no, and nothing is none", async () => {
  const run = ["bench", "echo", "-c", "2", "-a", "2"];
  const env = { HUBBUB_JSON: "no", HUBBUB_LATENCY: "", HUBBUB_CONNECTIONS: "" };
  await using report = startProgram(run, { env });
  const printed = await report.stdout.all();
  assertEquals(await report.exit, 0, printed);
  assertMatch(printed, /2 replies of 2 messages/);
  assert(!printed.includes("99.999%"), printed);

  await using json = startProgram(run, { env: { HUBBUB_JSON: "yes" } });
  assertEquals(JSON.parse(await json.stdout.all()).messages, 2);

  await using wrong = startProgram(run, { env: { HUBBUB_JSON: "perhaps" } });
  assertEquals(await wrong.exit, 2);
  assertEquals(
    await wrong.stderr.all(),
    'Invalid HUBBUB_JSON "perhaps": expected yes or no.\n',
  );
});

Deno.test("a closed port: no throughput, exit 3", async () => {
  await using bench = startProgram(["bench", "broadcast", "127.0.0.1:1", "-d", "1"]);
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 3);
  assert(printed.includes("ECONNREFUSED"), printed);
  assert(!printed.includes("Deliveries/s"), printed);
});

Deno.test("options that cannot be used: a sentence, exit 2", async () => {
  for (
    const [parameters, reason] of sampleOf(
      [
        [["bench", "broadcats"], /broadcast/],
        [["bench", "broadcast", "-c", "1"], /whole number from 2/],
        [["bench", "broadcast", "-P", "4"], /payload/],
        [["bench", "broadcast", "--login", "x"], /templates of lines with the profile "json"/],
        [["bench", "broadcast", "--profile", "line", "--message", "x"], /must have \{text\} in it/],
      ] as const,
      2,
    )
  ) {
    await using bench = startProgram(parameters);
    assertEquals(await bench.exit, 2, parameters.join(" "));
    assertMatch(await bench.stderr.all(), reason);
  }
});

Deno.test({
  name: "Ctrl+C in the middle: the report so far, exit 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = await startServer();
    const person = await RawClient.join(server.port, "person");
    await using bench = startProgram([
      ...["bench", "broadcast", `127.0.0.1:${server.port}`, "--profile", "text"],
      ...["-c", "4", "-d", "60"],
    ]);
    await person.until(/bench-\S+: ~/);
    bench.child.kill("SIGINT");
    assertEquals(await bench.exit, 130);
    assertMatch(await bench.stdout.all(), /deliveries of .* messages/);
    person.close();
  },
});

Deno.test("--profile line with templates as a shell gives them", async () => {
  await using server = await startServer();
  await using bench = startProgram([
    ...["bench", "broadcast", `127.0.0.1:${server.port}`, "--profile", "line"],
    ...["--login", "{name}\\n", "--message", "{text}\\n", "--welcome", "Welcome, "],
    ...["-c", "8", "-a", "100"],
  ]);
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 0, printed + await bench.stderr.all());
  assert(printed.includes("No delivery was lost, corrupted, duplicated or reordered."), printed);
});

Deno.test("a wrong profile for the server: a sentence, exit 3", async () => {
  await using server = await startServer();
  await using bench = startProgram([
    ...["bench", "broadcast", `127.0.0.1:${server.port}`, "--profile", "redis", "-t", "1s"],
    ...["-c", "2"],
  ]);
  const printed = await bench.stdout.all();
  assertEquals(await bench.exit, 3, printed);
  assertMatch(printed, /FAILED: Cannot join the chat at .*; it sent ".+"; check the profile/);
});
