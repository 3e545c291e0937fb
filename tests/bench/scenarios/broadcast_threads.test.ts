import {
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
  assertMatch,
} from "@std/assert";
import { type BenchmarkOptions, type BenchmarkResult, runBenchmark } from "../../../bench/mod.ts";
import { type Fault, FixtureServer, type Misbehaviour } from "../fixture_server.ts";
import { cleanTotals, hasDeliveries } from "../sample_result.ts";

/** Runs a broadcast in several threads against a fixture server. */
async function measure(
  options: Omit<BenchmarkOptions, "target">,
  how: Misbehaviour = {},
): Promise<{ result: BenchmarkResult; faults: FixtureServer["faults"] }> {
  const server = new FixtureServer(how);
  const target = await server.listen();
  const result = await runBenchmark({ timeoutSeconds: 60, ...options, target });
  await server.close();
  return { result, faults: server.faults };
}

for (
  const [pace, options] of [
    ["one message in flight", { amount: 601 }],
    ["many in flight", { amount: 4001, pipelining: 64 }],
    ["at a rate", { rate: 2000, amount: 1000 }],
    ["at a rate for a time", { rate: 1000, durationSeconds: 0.5 }],
    ["after a warm-up", { amount: 601, warmUpSeconds: 0.2 }],
    ["after a warm-up at a rate", { rate: 1000, amount: 500, warmUpSeconds: 0.2 }],
  ] as const
) {
  Deno.test(`broadcast in threads: ${pace}, all of it is counted once`, async () => {
    const { result } = await measure({ connections: 11, senders: 5, workers: 3, ...options });
    assertEquals(result.failures, []);
    assertEquals(result.errors, []);
    const messages = "amount" in options ? options.amount : 500;
    assertEquals([result.messages, result.joined, result.workers], [messages, 11, 3]);
    const { perSecond, ...deliveries } = result.deliveries;
    assertGreater(perSecond, 0);
    assertEquals(deliveries, cleanTotals(messages * 10));
    // Every message has one first and one last delivery, whichever threads these were in.
    const { latencyMicroseconds: every, firstLatencyMicroseconds: first } = result;
    const last = result.lastLatencyMicroseconds;
    // A thread may be stopped between reading the clock and counting the receiver.
    assertLessOrEqual(last!.max, every!.max);
    assertLess(first!.mean, every!.mean);
    assertLess(every!.mean, last!.mean);
    // Nor does it matter in which thread a second's latencies were.
    const series = result.series.filter(hasDeliveries);
    assertGreater(series.length, 0);
    for (const { p50, p99 } of series) {
      assertGreater(p50, 0);
      assertLessOrEqual(p50!, p99!);
      assertLessOrEqual(p99!, every!.max);
    }
  });
}

Deno.test("broadcast in threads: one sender, and threads that only listen", async () => {
  const { result } = await measure({ connections: 7, senders: 1, workers: 4, amount: 500 });
  assertEquals(result.failures, []);
  assertEquals([result.messages, result.deliveries.received], [500, 3000]);
});

Deno.test("broadcast in threads: as many threads as connections", async () => {
  const { result } = await measure({ connections: 4, senders: 4, workers: 4, amount: 400 });
  assertEquals(result.failures, []);
  assertEquals([result.messages, result.deliveries.received], [400, 1200]);
});

Deno.test("broadcast in threads: dropped, doubled and swapped deliveries are counted exactly", async () => {
  let delivery = 0;
  const fault = (_receiver: number, _sender: number, n: number): Fault => {
    delivery++;
    // A message that is held needs one behind it, and one that is not dropped.
    if (n % 100 === 50) return "hold";
    if (n % 100 === 51) return undefined;
    if (delivery % 1000 === 0) return "drop";
    return delivery % 777 === 0 ? "double" : undefined;
  };
  const { result, faults } = await measure(
    // The last dropped deliveries are waited for until the time limit.
    { connections: 16, senders: 4, workers: 3, amount: 4000, pipelining: 64, timeoutSeconds: 10 },
    { fault },
  );
  for (const count of [faults.drop, faults.double, faults.hold]) assertGreater(count, 0);
  const { perSecond: _, ...deliveries } = result.deliveries;
  assertEquals(deliveries, {
    ...cleanTotals(60_000),
    ...{ received: 60_000 - faults.drop, lost: faults.drop },
    ...{ duplicated: faults.double, reordered: faults.hold },
  });
});

Deno.test("broadcast in threads: a sender's own messages are misdelivered, in its thread alone", async () => {
  const { result } = await measure({ connections: 6, senders: 4, workers: 2, amount: 80 }, {
    echo: true,
  });
  assertEquals([result.deliveries.misdelivered, result.deliveries.received], [80, 400]);
});

Deno.test("broadcast in threads: a message that does not come holds up its sender, wherever", async () => {
  const { result } = await measure(
    { connections: 6, senders: 1, workers: 3, amount: 5, timeoutSeconds: 5 },
    { fault: (receiver, _sender, n) => receiver % 2 === 1 && n === 2 ? "drop" : undefined },
  );
  assertEquals(result.messages, 5);
  assertGreater(result.deliveries.lost, 1);
  assertEquals(result.errors, []);
});

Deno.test("broadcast in threads: a connection that breaks ends for itself alone", async () => {
  for (const pipelining of [1, 16]) {
    const { result } = await measure(
      { connections: 9, senders: 9, workers: 3, amount: 900, pipelining },
      { breakAfter: { member: 4, messages: 10 } },
    );
    const { expected, received, cutOff, lost } = result.deliveries;
    assertEquals([lost, received + cutOff], [0, expected]);
    assertEquals(result.errors.map(({ phase, count }) => [phase, count]), [["run", 1]]);
    assertEquals(result.failures.length, 1);
    assertMatch(result.failures[0]!, /^1 error during the run: /);
    // The eight others go on, to the end.
    assertGreater(result.messages, 800);
  }
});

Deno.test("broadcast in threads: refused clients are counted, and the others go on", async () => {
  const { result } = await measure({ connections: 10, workers: 3, amount: 100 }, { capacity: 7 });
  assertEquals([result.connected, result.greeted, result.joined], [10, 10, 7]);
  assertEquals(result.errors.map(({ code, count }) => [code, count]), [["server_full", 3]]);
  assertEquals(result.deliveries.received, result.messages * 6);
});

Deno.test("broadcast in threads: a single connection has no receivers", async () => {
  const { result } = await measure({ connections: 4, workers: 2, amount: 100 }, { capacity: 1 });
  assertEquals([result.joined, result.messages, result.deliveries.expected], [1, 0, 0]);
});

Deno.test("broadcast in threads: the signal ends all of them", async () => {
  const stop = new AbortController();
  let messages = 0;
  const server = new FixtureServer({ onMessage: () => ++messages === 100 && stop.abort() });
  const target = await server.listen();
  const result = await runBenchmark(
    { target, connections: 8, workers: 4, durationSeconds: 60 },
    { signal: stop.signal },
  );
  await server.close();
  assertEquals([result.interrupted, result.deliveries.lost], [true, 0]);
});
