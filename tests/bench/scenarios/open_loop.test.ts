/**
 * The open loop against servers that answer after a known time.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { type BenchmarkOptions, runBenchmark } from "../../../bench/mod.ts";
import { FixtureServer } from "../fixture_server.ts";

async function measure(options: Omit<BenchmarkOptions, "target">) {
  const server = new FixtureServer();
  const result = await runBenchmark({ ...options, target: await server.listen() });
  await server.close();
  return result;
}

Deno.test("open loop: as many messages as the rate makes, to the last one", async () => {
  const result = await measure({ connections: 4, senders: 2, rate: 250, durationSeconds: 1 });
  assertEquals(result.failures, []);
  assertEquals([result.messages, result.deliveries.received, result.unsent], [250, 750, 0]);
  assertEquals(result.rate, 250);
  const { latencyMicroseconds, firstLatencyMicroseconds: first, lastLatencyMicroseconds: last } =
    result;
  assert(first!.p50 <= latencyMicroseconds!.p50 && latencyMicroseconds!.p50 <= last!.p50);
  assertEquals(latencyMicroseconds!.max, last!.max);
  assertGreater(result.slipMicroseconds!.max, 0);
});

Deno.test("open loop: an amount", async () => {
  const result = await measure({ connections: 3, rate: 2000, amount: 300, durationSeconds: 60 });
  assertEquals(result.failures, []);
  assertEquals([result.messages, result.deliveries.received], [300, 600]);
});

Deno.test("open loop: a ramp sends what lies below it", async () => {
  const rate = { from: 0, to: 400, seconds: 1 };
  const result = await measure({ connections: 3, rate, durationSeconds: 1 });
  assertEquals(result.failures, []);
  assertEquals(result.messages, 200);
});
