import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { type BenchmarkOptions, fullOptions } from "../../../bench/load/options.ts";
import type { BenchmarkProgress } from "../../../bench/load/progress.ts";
import { type BenchmarkResult, resultOf } from "../../../bench/results/result.ts";
import { broadcast } from "../../../bench/scenarios/messages.ts";
import { DRAIN, FixtureServer, type Misbehaviour } from "../fixture_server.ts";
import { cleanTotals } from "../sample_result.ts";

const RUN_ID = "test";

/** Runs a broadcast in this thread against a fixture server. */
async function measure(
  options: Omit<BenchmarkOptions, "target">,
  how: Misbehaviour & { readonly signal?: AbortSignal } = {},
): Promise<{ result: BenchmarkResult; faults: FixtureServer["faults"] }> {
  const server = new FixtureServer(how);
  const full = fullOptions({ ...options, target: await server.listen() });
  const measurement = await broadcast.measure(full, {
    now: () => performance.now(),
    runId: RUN_ID,
    signal: how.signal ?? new AbortController().signal,
    onProgress: () => {},
    drain: DRAIN,
  });
  await server.close();
  return { result: resultOf(full, measurement), faults: server.faults };
}

for (const profile of ["json", "text"] as const) {
  Deno.test(`broadcast, ${profile}: a correct server loses nothing`, async () => {
    const { result } = await measure({
      profile,
      connections: 20,
      senders: 4,
      amount: 1003,
      pipelining: 16,
    });
    assertEquals(result.failures, []);
    assertEquals(result.errors, []);
    assertEquals(result.messages, 1003);
    const { perSecond, ...deliveries } = result.deliveries;
    assertGreater(perSecond, 0);
    assertEquals(deliveries, cleanTotals(1003 * 19));
    assertEquals([result.connected, result.greeted, result.joined], [20, 20, 20]);
    assertGreater(result.bytes.received, 1003 * 19 * 64);
    assert(result.latencyMicroseconds !== null);
    assertGreater(result.latencyMicroseconds.max, 0);
    assertEquals(result.interrupted, false);
  });
}

Deno.test("broadcast: one message in flight, all clients send", async () => {
  const { result } = await measure({ connections: 5, senders: 5, amount: 100 });
  assertEquals(result.failures, []);
  assertEquals(result.deliveries.received, 400);
});

Deno.test("broadcast: the smallest payload, and one larger than a chunk's rest", async () => {
  for (const payloadBytes of [16, 4096]) {
    const { result } = await measure({ connections: 4, amount: 400, pipelining: 64, payloadBytes });
    assertEquals(result.failures, []);
  }
});

Deno.test("broadcast: dropped, doubled and swapped deliveries are counted exactly", async () => {
  let delivery = 0;
  const { result, faults } = await measure(
    // What is dropped at the very end is waited for.
    { connections: 16, senders: 4, amount: 4000, pipelining: 64, timeoutSeconds: 3 },
    {
      fault(_receiver, _sender, n) {
        delivery++;
        // A message that is held needs one behind it, and one that is not dropped.
        if (n % 100 === 50) return "hold";
        if (n % 100 === 51) return undefined;
        if (delivery % 1000 === 0) return "drop";
        return delivery % 777 === 0 ? "double" : undefined;
      },
    },
  );
  assertGreater(faults.drop, 0);
  assertGreater(faults.double, 0);
  assertGreater(faults.hold, 0);
  const { expected, received, lost, duplicated, reordered, misdelivered } = result.deliveries;
  assertEquals(expected, 4000 * 15);
  assertEquals(lost, faults.drop);
  assertEquals(received, expected - lost);
  assertEquals(duplicated, faults.double);
  assertEquals(reordered, faults.hold);
  assertEquals(misdelivered, 0);
  assertEquals(result.failures, [
    `${lost} deliveries lost.`,
    `${duplicated} deliveries duplicated.`,
    `${reordered} deliveries reordered.`,
  ]);
});

Deno.test("broadcast: a changed bit is found at any position, and delays no connection", async () => {
  for (const payloadBytes of [64, 1000]) {
    const { result, faults } = await measure(
      { connections: 6, senders: 2, amount: 600, pipelining: 1, payloadBytes },
      { fault: (receiver, _sender, n) => receiver === n % 100 ? "flip" : undefined },
    );
    const { expected, received, lost, corrupted } = result.deliveries;
    assertGreater(faults.flip, 10);
    assertEquals([expected, corrupted, lost], [3000, faults.flip, 0]);
    assertEquals(received, expected - corrupted);
    assertEquals(result.failures, [`${faults.flip} deliveries corrupted.`]);
  }
});

Deno.test("broadcast: a payload that was cut short is corrupt", async () => {
  const { result, faults } = await measure(
    { connections: 3, senders: 1, amount: 100, pipelining: 8 },
    { fault: (receiver, _sender, n) => receiver === 2 && n === 17 ? "cut" : undefined },
  );
  assertEquals(faults.cut, 1);
  assertEquals([result.deliveries.lost, result.deliveries.corrupted], [0, 1]);
});

Deno.test("broadcast: an order that differs between receivers is found where it is checked", async () => {
  const load = { connections: 8, senders: 3, amount: 900, pipelining: 16, order: "total" } as const;
  const right = await measure(load);
  assertEquals([right.result.orderViolations, right.result.failures], [0, []]);
  assertEquals(right.result.orderUnchecked, 0);
  const { result, faults } = await measure(load, {
    fault: (receiver, _sender, n) => receiver === 6 && n % 50 === 7 ? "swap" : undefined,
  });
  assertGreater(faults.swap, 2);
  assertEquals([result.orderViolations, result.orderUnchecked], [faults.swap, 0]);
  // Of each sender alone they are in order.
  assertEquals([result.deliveries.reordered, result.failures], [0, []]);
  const unchecked = await measure({ ...load, order: undefined! });
  const { orderViolations, orderUnchecked } = unchecked.result;
  assertEquals([orderViolations, orderUnchecked], [null, null]);
});

Deno.test("broadcast: a server that sends a sender its own messages misdelivers", async () => {
  const { result } = await measure({ connections: 4, senders: 2, amount: 50 }, { echo: true });
  assertEquals(result.deliveries.misdelivered, 50);
  assertEquals(result.deliveries.received, 150);
  assertEquals(result.failures, ["50 deliveries misdelivered."]);
});

Deno.test("broadcast: own messages are passed over where the profile line expects them", async () => {
  const lines = { ownMessages: true };
  const { result } = await measure(
    { connections: 4, senders: 2, amount: 50, profile: "line", lines },
    { echo: true },
  );
  assertEquals([result.deliveries.misdelivered, result.deliveries.received], [0, 150]);
  assertEquals(result.failures, []);
});

Deno.test("broadcast: a message that does not come holds its sender up for the time-out only", async () => {
  const { result } = await measure(
    { connections: 3, senders: 1, amount: 5, timeoutSeconds: 2 },
    { fault: (receiver, _sender, n) => receiver === 1 && n === 2 ? "drop" : undefined },
  );
  assertEquals(result.messages, 5);
  // It is one loss, and no error besides.
  assertEquals([result.deliveries.lost, result.errors], [1, []]);
  assertEquals(result.failures, ["1 delivery lost."]);
});

Deno.test("broadcast: a connection that breaks is an error, and cuts off what was under way", async () => {
  const { result } = await measure(
    { connections: 6, senders: 2, amount: 300, pipelining: 4 },
    { breakAfter: { member: 0, messages: 10 } },
  );
  const { expected, received, cutOff, lost } = result.deliveries;
  assertEquals([lost, received + cutOff], [0, expected]);
  assertEquals(result.errors.length, 1);
  assertEquals(result.errors[0]!.phase, "run");
  assertEquals(result.failures.length, 1);
  assertMatch(result.failures[0]!, /^1 error during the run: /);
});

Deno.test("broadcast: refused clients are counted, and the others go on", async () => {
  for (const [profile, code] of [["json", "server_full"], ["text", "refused"]] as const) {
    const { result } = await measure({ profile, connections: 10, amount: 100 }, { capacity: 7 });
    assertEquals([result.connected, result.greeted, result.joined], [10, 10, 7]);
    assertEquals(result.errors, [
      { phase: "login", code, count: 3, firstSecond: 0, text: "Server is full." },
    ]);
    assertEquals(result.deliveries.received, 600);
    assertEquals(result.failures, [
      `Only 7 of 10 connections joined: ${code}, Server is full.`,
    ]);
  }
});

Deno.test("broadcast: connections to a silent server are connected but not joined", async () => {
  const { result } = await measure({ connections: 3, timeoutSeconds: 2 }, { silent: true });
  assertEquals([result.connected, result.greeted, result.joined], [3, 0, 0]);
  assertEquals(result.errors.map(({ phase, code, count }) => [phase, code, count]), [
    ["login", "timeout", 3],
  ]);
  assertEquals(result.latencyMicroseconds, null);
  assertEquals(result.deliveriesPerSecond, null);
  assertMatch(
    result.failures[0]!,
    /^Cannot join the chat at 127\.0\.0\.1:\d+: no welcome before the timeout; /,
  );
  assertEquals(result.failures[1], "No message was delivered.");
});

Deno.test("broadcast: a server that hangs up, at the login or later", async () => {
  const early = await measure({ connections: 3 }, { hangUpAfter: 0 });
  assertEquals(early.result.errors.map(({ phase, code, count }) => [phase, code, count]), [
    ["login", "closed", 3],
  ]);
  const late = await measure(
    { connections: 3, senders: 3, durationSeconds: 60 },
    { hangUpAfter: 20 },
  );
  assertEquals(late.result.joined, 3);
  assertEquals(late.result.errors.map(({ phase, code }) => [phase, code]), [["run", "closed"]]);
  assertGreater(late.result.deliveries.received, 0);
  assertEquals(late.result.deliveries.lost, 0);
});

Deno.test("broadcast: without any receiver", async () => {
  const server = new FixtureServer();
  const target = await server.listen();
  await server.close();
  const full = fullOptions({ target, connections: 3 });
  const measurement = await broadcast.measure(full, {
    now: () => performance.now(),
    runId: RUN_ID,
    signal: new AbortController().signal,
    onProgress: () => {},
    drain: { quiet: 1, settle: 1 },
  });
  assertEquals(measurement.errors.map(({ phase, code, count }) => [phase, code, count]), [
    ["connect", "ECONNREFUSED", 3],
  ]);
  assertEquals(measurement.connected, 0);
});

Deno.test("broadcast: the signal ends a run, and what was measured stays", async () => {
  const stop = new AbortController();
  let messages = 0;
  const { result } = await measure({ connections: 4, senders: 2, durationSeconds: 60 }, {
    signal: stop.signal,
    onMessage: () => ++messages === 200 && stop.abort(),
  });
  assertEquals(result.interrupted, true);
  assertEquals(result.failures, []);
  assertGreater(result.deliveries.received, 500);
});

Deno.test("broadcast: the signal ends the wait for clients that have not joined", async () => {
  const stop = new AbortController();
  stop.abort();
  const { result } = await measure({ connections: 4 }, { silent: true, signal: stop.signal });
  assertEquals(result.interrupted, true);
  assertEquals(result.failures, []);
});

Deno.test("broadcast: a run by duration reports progress and samples every second", async () => {
  const server = new FixtureServer();
  const full = fullOptions({ target: await server.listen(), connections: 4, durationSeconds: 1.6 });
  const progress: BenchmarkProgress[] = [];
  const measurement = await broadcast.measure(full, {
    now: () => performance.now(),
    runId: RUN_ID,
    signal: new AbortController().signal,
    onProgress: (step) => progress.push(step),
    drain: DRAIN,
  });
  await server.close();
  const stages = progress.map((step) => step.stage);
  assertEquals([...new Set(stages)], ["joining", "running", "draining"]);
  assertGreater(stages.filter((stage) => stage === "running").length, 1);
  assertGreater(measurement.durationSeconds, 1.59);
  // One per reported second, and one for the rest if that is half a second or more.
  const seconds = progress.filter((step) => step.stage === "running" && step.elapsedSeconds > 0);
  const left = measurement.sendingSeconds - (seconds.at(-1)?.elapsedSeconds ?? 0);
  assertEquals(measurement.samples.length, seconds.length + (left >= 0.5 ? 1 : 0));
});
