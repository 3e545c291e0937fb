import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Target } from "../../bench/options.ts";
import { DRAIN_LIMITS, type Environment } from "../../bench/scenario.ts";
import { BATCH, codec, codecTasks } from "../../bench/scenarios/codec.ts";
import { rounds } from "../../bench/scenarios/rounds.ts";
import { renderCodecReport, renderRoundsReport } from "../../bench/scenarios/trial_report.ts";
import { FixtureServer, type Misbehaviour } from "./fixture_server.ts";

function environment(signal = new AbortController().signal): Environment {
  return {
    now: () => performance.now(),
    runId: "test",
    signal,
    onProgress: () => {},
    drain: DRAIN_LIMITS,
  };
}

async function measured(how: Misbehaviour, sizes: readonly number[], signal?: AbortSignal) {
  const server = new FixtureServer(how);
  const target = await server.listen();
  try {
    return await rounds(options(target, sizes), environment(signal));
  } finally {
    await server.close();
  }
}

function options(target: Target, sizes: readonly number[]) {
  return {
    ...{ target, sizes, profile: "json" as const, timeoutSeconds: 0.3 },
    ...{ secondsPerSize: 0.05, payloadBytes: 64 },
  };
}

Deno.test("rounds: one task a size, every message at every receiver", async () => {
  const result = await measured({}, [1, 5]);
  assertEquals([result.connections, result.joined, result.failures], [8, 8, []]);
  assertEquals(result.sizes.map(({ receivers }) => receivers), [1, 5]);
  for (const { receivers, roundMicroseconds, deliveries } of result.sizes) {
    assert(roundMicroseconds !== null && roundMicroseconds.samples >= 10);
    assert(roundMicroseconds.p50 <= roundMicroseconds.p99);
    assertEquals(deliveries.received % receivers, 0);
    assert(deliveries.received >= roundMicroseconds.samples * receivers);
    assertEquals([deliveries.lost, deliveries.duplicated, deliveries.misdelivered], [0, 0, 0]);
  }
  assertMatch(renderRoundsReport(result), /with the last of 5 receivers after \d+\.\d+ ms/);
});

Deno.test("rounds: a message that does not come ends the task and is lost", async () => {
  const result = await measured(
    { fault: (receiver, _, n) => receiver === 2 && n === 3 ? "drop" : undefined },
    [3],
  );
  assertEquals(result.sizes[0]!.deliveries.lost, 1);
  assertEquals(result.failures, [
    "Of 3: 1 delivery lost.",
    "Of 3: a message had not come to everybody after 0.3 s.",
  ]);
});

Deno.test("rounds: a message that comes twice is told", async () => {
  const result = await measured(
    { fault: (receiver, _, n) => receiver === 1 && n === 2 ? "double" : undefined },
    [2],
  );
  assertEquals(result.failures, ["Of 2: 1 delivery duplicated."]);
});

Deno.test("rounds: who is not let in is told, and nothing larger is tried", async () => {
  const result = await measured({ capacity: 3 }, [4, 8]);
  assertEquals([result.connections, result.joined, result.sizes], [5, 3, []]);
  assertMatch(result.failures[0]!, /^Only 3 of 5 connections joined: /);
});

Deno.test("rounds: a run that was ended tells what it has", async () => {
  const stop = new AbortController();
  let messages = 0;
  const result = await measured(
    { onMessage: () => ++messages === 20 && stop.abort() },
    [1, 2],
    stop.signal,
  );
  assertEquals([result.interrupted, result.failures], [true, []]);
  assert(result.sizes.length <= 1);
});

for (const [name, run] of Object.entries(codecTasks(64))) {
  Deno.test(`codec: every message passes through ${name}`, () => assertEquals(run(), BATCH));
}

Deno.test("codec: figures of tinybench for every task", async () => {
  const result = await codec({ secondsPerTask: 0.01, payloadBytes: 64 }, environment());
  assertEquals(result.failures, []);
  assertEquals(result.tasks.map(({ task }) => task), Object.keys(codecTasks(64)));
  for (const { messageNanoseconds } of result.tasks) assert(messageNanoseconds!.mean > 0);
  assertMatch(renderCodecReport(result), /Per message of 64 bytes; a sample is 256 of them\./);
});
