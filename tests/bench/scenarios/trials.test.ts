import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Target } from "../../../bench/load/options.ts";
import { joinMeasurement } from "../../../bench/load/joining.ts";
import { noTraffic } from "../../../bench/load/measurement.ts";
import { UNKNOWN_SERVER } from "../../../bench/results/run_health.ts";
import { BATCH, codecTasks } from "../../../bench/scenarios/codec.ts";
import { SCENARIOS } from "../../../bench/scenarios/mod.ts";
import type { RoundsOptions } from "../../../bench/scenarios/rounds.ts";
import { renderText } from "../../../bench/reports/text.ts";
import {
  churnReport,
  codecReport,
  roomsReport,
  roundsReport,
} from "../../../bench/reports/scenario_reports.ts";
import { DRAIN, FixtureServer, type Misbehaviour } from "../fixture_server.ts";
import { runHere } from "../run_here.ts";

async function measured(
  how: Misbehaviour,
  sizes: readonly number[],
  changes: Partial<RoundsOptions> = {},
  signal?: AbortSignal,
) {
  const server = new FixtureServer(how);
  const target = await server.listen();
  try {
    return await runHere("rounds", { ...options(target, sizes), ...changes }, signal && { signal });
  } finally {
    await server.close();
  }
}

function options(target: Target, sizes: readonly number[]) {
  return {
    ...{ target, sizes, profile: "json" as const, timeoutSeconds: 30 },
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
  assertMatch(
    renderText(roundsReport(result)),
    /Median time until all receivers have a message: [\d.]+ [µm]s with 5 receivers, /,
  );
});

Deno.test("rounds: its figures of the load tester are those of all sizes", async () => {
  const server = new FixtureServer();
  const target = await server.listen();
  const context = {
    ...{ now: () => performance.now(), runId: "test", signal: new AbortController().signal },
    ...{ onProgress: () => {}, drain: DRAIN },
  };
  const sizes = [1, 5];
  const { generator, deliveries, messages } = await SCENARIOS.rounds.measure(
    options(target, sizes),
    context,
  );
  await server.close();
  // Each size takes 50 ms, and up to 50 more to warm up.
  assert(generator.seconds >= sizes.length * 0.05, `${generator.seconds} s`);
  assert(messages > 0 && deliveries.received > messages && deliveries.received < 5 * messages);
});

Deno.test("rounds: a message that does not come ends the task and is lost", async () => {
  const result = await measured(
    { fault: (receiver, _, n) => receiver === 2 && n === 0 ? "drop" : undefined },
    [3],
    { timeoutSeconds: 2 },
  );
  assertEquals(result.sizes[0]!.deliveries.lost, 1);
  assertEquals(result.failures, [
    "3 receivers: 1 delivery lost.",
    "3 receivers: a message had not reached all clients after 2 s.",
  ]);
});

Deno.test("rounds: reports a message that comes twice", async () => {
  const result = await measured(
    { fault: (receiver, _, n) => receiver === 1 && n === 2 ? "double" : undefined },
    [2],
  );
  assertEquals(result.failures, ["2 receivers: 1 delivery duplicated."]);
});

Deno.test("rounds: reports clients that are not admitted, and tries no larger size", async () => {
  const result = await measured({ capacity: 3 }, [4, 8]);
  assertEquals([result.connections, result.joined, result.sizes], [5, 3, []]);
  assertMatch(result.failures[0]!, /^Only 3 of 5 connections joined: /);
});

Deno.test("rounds: an interrupted run reports its figures so far", async () => {
  const stop = new AbortController();
  let messages = 0;
  const result = await measured(
    { onMessage: () => ++messages === 20 && stop.abort() },
    [1, 2],
    { secondsPerSize: 60 },
    stop.signal,
  );
  assertEquals([result.interrupted, result.failures], [true, []]);
  assertEquals(result.sizes.map(({ receivers }) => receivers), [1]);
  assert(result.sizes[0]!.deliveries.received >= 19);
});

for (const [name, run] of Object.entries(codecTasks(64))) {
  Deno.test(`codec: every message passes through ${name}`, () => assertEquals(run(), BATCH));
}

Deno.test("codec: figures of tinybench for every task", async () => {
  const result = await runHere("codec", { secondsPerTask: 0.01, payloadBytes: 64 });
  assertEquals(result.failures, []);
  assertEquals(result.tasks.map(({ task }) => task), Object.keys(codecTasks(64)));
  for (const { messageNanoseconds } of result.tasks) assert(messageNanoseconds!.mean > 0);
  assertMatch(
    renderText(codecReport(result)),
    /Times per message of 64 bytes\. Each sample is a batch of 256 messages\./,
  );
});

async function churned(how: Misbehaviour, signal?: AbortSignal) {
  const server = new FixtureServer(how);
  const target = await server.listen();
  try {
    return await runHere("churn", {
      ...{ target, profile: "json", connections: 4, senders: 2, messagesPerSecond: 200 },
      ...{ payloadBytes: 64, churnPerSecond: 50, staySeconds: 0.02, durationSeconds: 0.4 },
      timeoutSeconds: 30,
    }, signal && { signal });
  } finally {
    await server.close();
  }
}

Deno.test("churn: others join and leave, and the standing clients lose nothing", async () => {
  const result = await churned({});
  const { churn: { tried, joined, failed }, deliveries } = result;
  assertEquals([result.joined, result.failures, failed], [4, [], 0]);
  assert(tried > 1 && tried === joined, `${tried} ${joined}`);
  assert(deliveries.received > 0 && deliveries.received === deliveries.expected);
  assert(result.quietMicroseconds !== null && result.churnMicroseconds !== null);
  assertMatch(
    renderText(churnReport(result)),
    /99% of the deliveries took at most [\d.]+ [µm]?s while other clients joined/,
  );
});

Deno.test("churn: clients that are not admitted are counted, and fail the run", async () => {
  const { churn: { tried, joined, failed }, failures } = await churned({ capacity: 5 });
  assertEquals([joined, failed], [1, tried - 1]);
  assertEquals(failures, [`${failed} joins of ${tried} failed.`]);
});

Deno.test("churn: counts every delivery that the standing clients lose", async () => {
  const result = await churned({
    fault: (receiver, sender, n) =>
      receiver !== 3
        ? undefined
        : n === 2 && sender === 0
        ? "drop"
        : n === 4
        ? "double"
        : undefined,
  });
  assertEquals(result.failures, ["1 delivery lost.", "2 deliveries duplicated."]);
});

Deno.test("churn: an interrupted run reports its figures so far", async () => {
  const stop = new AbortController();
  const result = await churned({ onMessage: () => stop.abort() }, stop.signal);
  assertEquals([result.interrupted, result.churn.tried], [true, 0]);
  assert(result.deliveries.expected > 0);
});

Deno.test("rooms: counts every delivery to a wrong room", async () => {
  // The fixture has no rooms: all clients receive all messages.
  const server = new FixtureServer();
  const target = await server.listen();
  const result = await runHere("rooms", {
    ...{ target, profile: "json", rooms: 3, connections: 7, messagesPerSecond: 90 },
    ...{ payloadBytes: 64, durationSeconds: 0.2, timeoutSeconds: 30 },
  }, { drain: { quiet: 300, settle: 50 } });
  await server.close();
  const { messages, deliveries } = result;
  assertEquals([result.joined, deliveries.lost, deliveries.duplicated], [7, 0, 0]);
  assertEquals(deliveries.received, deliveries.expected);
  assertEquals(deliveries.received + deliveries.misdelivered, messages * 6);
  assertEquals(result.failures, [`${deliveries.misdelivered} deliveries misdelivered.`]);
  assertMatch(
    renderText(roomsReport(result)),
    new RegExp(`${deliveries.misdelivered} messages were delivered to a wrong room`),
  );
});

Deno.test("rooms: a client in several rooms expects the messages of all of them, and of no other", async () => {
  const server = new FixtureServer();
  const target = await server.listen();
  const result = await runHere("rooms", {
    ...{ target, profile: "json", rooms: 4, roomsPerClient: 2, connections: 7 },
    ...{ messagesPerSecond: 80, payloadBytes: 64, durationSeconds: 0.2, timeoutSeconds: 30 },
  }, { drain: { quiet: 300, settle: 50 } });
  await server.close();
  const { messages, deliveries } = result;
  assertEquals([result.joined, deliveries.lost, deliveries.duplicated], [7, 0, 0]);
  // Of three and of four members, with as many messages each; those of the other set are wrong.
  assertEquals(deliveries.received, messages / 2 * 2 + messages / 2 * 3);
  assertEquals(deliveries.received + deliveries.misdelivered, messages * 6);
  assertMatch(renderText(roomsReport(result)), /^4 rooms, 7 members in 2 rooms each: of /m);
});

Deno.test("rooms: members that were refused are in no room of the report", async () => {
  const server = new FixtureServer({ capacity: 4 });
  const target = await server.listen();
  const result = await runHere("rooms", {
    ...{ target, profile: "json", rooms: 3, connections: 6, messagesPerSecond: 90 },
    ...{ payloadBytes: 64, durationSeconds: 0.2, timeoutSeconds: 30 },
  }, { drain: { quiet: 300, settle: 50 } });
  await server.close();
  assertMatch(renderText(roomsReport(result)), /^4 of 6 members of 3 rooms: of /m);
});

Deno.test("rooms: the limit of new rooms comes with advice", () => {
  const error = { code: "too_many_new_rooms", count: 2, firstSecond: 0, text: "" };
  const { failures } = SCENARIOS.rooms.result(
    {
      ...{ target: { host: "127.0.0.1", port: 1 }, profile: "json", rooms: 2, connections: 4 },
      ...{ messagesPerSecond: 1, payloadBytes: 64, durationSeconds: 1, timeoutSeconds: 1 },
    },
    {
      ...joinMeasurement(),
      ...noTraffic(),
      errors: [{ ...error, phase: "login" }],
      interrupted: false,
    },
    UNKNOWN_SERVER,
  );
  assertMatch(failures.at(-1)!, /^The server limits new rooms .* Give fewer --rooms/);
});
