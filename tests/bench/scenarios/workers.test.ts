/** Every scenario in several threads: what they count adds up. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { checkScenario, runScenario } from "../../../bench/mod.ts";
import type { LatencyPoint } from "../../../bench/ledger/latency_histogram.ts";
import type { ServerService } from "../../../bench/load/run_context.ts";
import type { SecondSample } from "../../../bench/results/result.ts";
import { FixtureServer, type Misbehaviour } from "../fixture_server.ts";
import { hasDeliveries } from "../sample_result.ts";
import { freePort, untilFree } from "../../support/addresses.ts";

const WORKERS = 3;
const PACED = { messagesPerSecond: 200, payloadBytes: 64, timeoutSeconds: 30, workers: WORKERS };

async function withServer<Result>(
  how: Misbehaviour,
  run: (target: { host: string; port: number }) => Promise<Result>,
): Promise<Result> {
  const server = new FixtureServer(how);
  try {
    return await run(await server.listen());
  } finally {
    await server.close();
  }
}

/** The shortest and the longest latency of a curve, in microseconds. */
function boundsOf(curve: readonly LatencyPoint[]) {
  const microseconds = curve.map(({ microseconds }) => microseconds);
  return { least: Math.min(...microseconds), most: Math.max(...microseconds) };
}

/** Checks that the latencies of the seconds are those of the curves. */
function assertSeries(
  series: readonly SecondSample[],
  ...curves: readonly (readonly LatencyPoint[])[]
) {
  const { least, most } = boundsOf(curves.flat());
  const delivered = series.filter(hasDeliveries);
  assert(delivered.length > 0);
  for (const { p50, p99 } of delivered) {
    assert(p50 !== null && p99 !== null && p50 <= p99);
    assert(p50 >= least && p99 <= most, `${p50} to ${p99} is not in ${least} to ${most}`);
  }
}

Deno.test("churn in threads: every delivery is counted once, and every joining client", async () => {
  const result = await withServer({}, (target) =>
    runScenario("churn", {
      ...{ ...PACED, target, profile: "json", connections: 7, senders: 4 },
      ...{ churnPerSecond: 50, staySeconds: 0.02, durationSeconds: 0.6 },
    }));
  assertEquals([result.joined, result.failures], [7, []]);
  assertEquals(result.deliveries.received, result.deliveries.expected);
  assert(result.churn.tried >= WORKERS && result.churn.tried === result.churn.joined);
  assert(result.quietMicroseconds !== null && result.churnMicroseconds !== null);
  assertSeries(result.series!, result.percentiles!.quiet!, result.percentiles!.churn!);
});

Deno.test("rooms in threads: a room is in one of them", async () => {
  const result = await withServer({}, (target) =>
    runScenario("rooms", {
      ...{ ...PACED, target, profile: "json", rooms: 5, connections: 12, durationSeconds: 0.3 },
    }));
  const { messages, deliveries } = result;
  assertEquals([result.joined, deliveries.lost], [12, 0]);
  // The fixture has no rooms: all get everything.
  assertEquals(deliveries.received + deliveries.misdelivered, messages * 11);
});

Deno.test("stall in threads: a loss at a stalled reader is counted once", async () => {
  let lost = false;
  const result = await withServer({
    // The fixture numbers members as they join; any receiver may be a stalled one.
    fault: (_receiver, _sender, n) => n === 3 && !lost ? ((lost = true), "drop") : undefined,
  }, (target) =>
    runScenario("stall", {
      ...{ ...PACED, target, profile: "json", connections: 7, senders: 2, stalled: 3 },
      durationSeconds: 0.3,
    }));
  const { messages, readers, stalledDeliveries: stalled } = result;
  assertEquals([readers.expected, stalled.expected], [messages * 3, messages * 3]);
  assertEquals(readers.lost + stalled.lost, 1);
  assertSeries(result.series!, result.percentiles!.before!, result.percentiles!.during!);
});

Deno.test("rounds in threads: each round ends with the last receiver of all threads", async () => {
  const result = await withServer({}, (target) =>
    runScenario("rounds", {
      ...{ target, profile: "json", timeoutSeconds: 30, payloadBytes: 64, workers: WORKERS },
      ...{ sizes: [2, 5], secondsPerSize: 0.05 },
    }));
  assertEquals([result.connections, result.joined, result.failures], [9, 9, []]);
  for (const { receivers, roundMicroseconds, deliveries } of result.sizes) {
    assert(deliveries.received >= roundMicroseconds!.samples * receivers);
    assertEquals([deliveries.received % receivers, deliveries.lost], [0, 0]);
  }
});

Deno.test("connect in threads: each connection is counted once, with its time", async () => {
  const result = await withServer({ capacity: 6 }, (target) =>
    runScenario("connect", {
      ...{ target, profile: "json", connections: 8, timeoutSeconds: 30, workers: WORKERS },
    }));
  assertEquals([result.connected, result.greeted, result.joined], [8, 8, 6]);
  assertEquals(result.errors.map(({ phase, count }) => [phase, count]), [["login", 2]]);
  assertEquals(result.steps.reduce((sum, { connections }) => sum + connections, 0), 8);
});

Deno.test("restart in threads: the server is killed once, when all threads have sent", async () => {
  let server = new FixtureServer({ delayMilliseconds: 100 });
  const target = await server.listen(freePort());
  const calls: ServerService[] = [];
  const services = {
    async kill() {
      calls.push("kill");
      await server.close();
    },
    async start() {
      calls.push("start");
      server = new FixtureServer();
      await untilFree(target.port);
      await server.listen(target.port);
    },
  };
  const result = await runScenario("restart", {
    ...{ ...PACED, target, profile: "json", connections: 7, senders: 4 },
    ...{ downSeconds: 0.1, retrySeconds: 0.02, durationSeconds: 0.3 },
  }, { services });
  await server.close();
  assertEquals([calls, result.back, result.failures], [["kill", "start"], 7, []]);
  const { deliveriesBefore: before, deliveriesAfter: after } = result;
  assertEquals([before.received + before.cutOff, before.lost], [before.expected, 0]);
  assertEquals(after.received, result.messagesAfter * 6);
  // The first server is slow, but for timers that are up to 1 ms early and buckets of 1 ms; the seconds are
  // those of the second one.
  assert(boundsOf(result.percentiles!.before!).least >= 98_000);
  assertSeries(result.series!, result.percentiles!.after!);
});

Deno.test("workers: threads that cannot share a scenario are refused with the reason", async () => {
  const target = { host: "127.0.0.1", port: 1 };
  const codec = { secondsPerTask: 1, payloadBytes: 64, workers: 2 };
  assertThrows(
    () => checkScenario("codec", codec),
    RangeError,
    "for codec: it opens no connections",
  );
  await assertRejects(() => runScenario("codec", codec), RangeError);
  const few = { ...PACED, target, profile: "json" as const, durationSeconds: 1 };
  assertThrows(
    () => checkScenario("rooms", { ...few, rooms: 2, connections: 9 }),
    RangeError,
    "Cannot use 3 workers with 2 rooms",
  );
  assertThrows(
    () => checkScenario("rooms", { ...few, rooms: 4, roomsPerClient: 2, connections: 9 }),
    RangeError,
    "Cannot use 3 workers with 2 sets of rooms",
  );
  const connect = { target, profile: "json" as const, timeoutSeconds: 1, connections: 2 };
  assertThrows(
    () => checkScenario("connect", { ...connect, workers: 3 }),
    RangeError,
    "Cannot use 3 workers with 2 connections",
  );
});
