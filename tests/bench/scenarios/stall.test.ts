import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { stallSentence } from "../../../bench/results/sentences.ts";
import type { KnownServer } from "../../../bench/results/run_health.ts";
import type { StallOptions } from "../../../bench/scenarios/stall.ts";
import { FixtureServer, type Misbehaviour } from "../fixture_server.ts";
import { runHere } from "../run_here.ts";

async function run(
  how: Misbehaviour,
  changes: Partial<StallOptions> = {},
  known?: KnownServer,
) {
  const server = new FixtureServer(how);
  try {
    return await runHere(
      "stall",
      {
        ...{
          target: await server.listen(),
          profile: "json",
          connections: 5,
          stalled: 2,
          senders: 2,
        },
        ...{
          messagesPerSecond: 500,
          payloadBytes: 64,
          durationSeconds: 0.1,
          timeoutSeconds: 30,
          ...changes,
        },
      },
      {},
      known,
    );
  } finally {
    await server.close();
  }
}

Deno.test("stall: a server that queues everything loses no delivery", async () => {
  const result = await run({});
  const { messages, readers, stalledDeliveries } = result;
  assertEquals(stalledDeliveries, {
    ...{ expected: messages * 2, received: messages * 2, skipped: 0, cutOff: 0, lost: 0 },
  });
  assertEquals([readers.expected, readers.received, readers.lost], [messages * 2, messages * 2, 0]);
  assertEquals([result.joined, result.errors, result.failures], [5, [], []]);
});

Deno.test("stall: a loss at the stalled without a report is a failure, and none of the readers", async () => {
  const result = await run({
    fault: (receiver, _, n) => receiver === 4 && n === 3 ? "drop" : undefined,
  });
  assertEquals([result.stalledDeliveries.lost, result.readers.lost], [2, 0]);
  assertEquals(result.failures, ["2 deliveries to stalled clients lost without a report."]);
});

Deno.test("stall: a loss at a reader is a failure", async () => {
  const result = await run({
    fault: (receiver, _, n) => receiver === 2 && n === 3 ? "drop" : undefined,
  });
  assertEquals([result.stalledDeliveries.lost, result.readers.lost], [0, 2]);
  assertMatch(result.failures.join(), /^2 deliveries lost\.$/);
});

for (const hasLimits of [true, false]) {
  Deno.test(`stall: a server that stops passing on ${hasLimits ? "by its rate" : "is too slow"}`, async () => {
    const serverLimits = hasLimits ? { perSecond: 1, burst: 5 } : null;
    const { verdict } = await run(
      { fault: (_receiver, _sender, n) => n % 10 > 0 ? "drop" : undefined },
      { durationSeconds: 0.5, timeoutSeconds: 2 },
      { server: null, serverLimits },
    );
    if (hasLimits) assertEquals(verdict.limitedBy, "throttle");
    else assertNotEquals(verdict.limitedBy, "throttle");
    assertEquals(verdict.reason.includes("--rate off"), hasLimits);
  });
}

Deno.test("stall: no conclusion without any joined client", async () => {
  const result = await run({ capacity: 0 });
  assertEquals([result.joined, result.messages, result.sentence], [0, 0, ""]);
  assertMatch(result.failures.join(), /^Cannot join the chat at 127\.0\.0\.1:\d+: server_full/);
});

Deno.test("stall: the sentence reports disconnected clients", async () => {
  const result = await run({});
  // Where the machine was busy nothing may have come in time to be measured.
  const latency = { p2_5: 1, p50: 2, p97_5: 3, p99: 4, mean: 2, stdev: 1, max: 5 };
  assertMatch(
    stallSentence({
      ...{ ...result, disconnected: 2 },
      ...{ latencyBeforeMicroseconds: latency, latencyDuringMicroseconds: latency },
      stalledDeliveries: { expected: 9, received: 4, skipped: 2, cutOff: 3, lost: 0 },
    }),
    /9 deliveries to the stalled clients: 4 received, 2 reported as skipped, 3 cut off \(2 clients disconnected\), 0 lost\.$/,
  );
});
