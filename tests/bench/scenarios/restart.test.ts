import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RestartOptions } from "../../../bench/scenarios/restart.ts";
import type { ServerService } from "../../../bench/load/run_context.ts";
import { FixtureServer, type Misbehaviour } from "../fixture_server.ts";
import { runHere } from "../run_here.ts";
import { freePort, untilFree } from "../../support/addresses.ts";

/**
 * @param second how the server behaves that comes after the first one.
 * @param reportMilliseconds time from when it listens until the scenario learns of it.
 */
async function run(
  first: Misbehaviour,
  second: Misbehaviour | undefined,
  changes: Partial<RestartOptions> = {},
  reportMilliseconds = 0,
) {
  let server = new FixtureServer(first);
  const target = await server.listen(freePort());
  const services: Record<ServerService, () => Promise<void>> = {
    kill: () => server.close(),
    start: async () => {
      if (second === undefined) return;
      server = new FixtureServer(second);
      await untilFree(target.port);
      await server.listen(target.port);
      await new Promise((resolve) => setTimeout(resolve, reportMilliseconds));
    },
  };
  try {
    return await runHere("restart", {
      ...{
        target,
        profile: "json",
        connections: 4,
        senders: 2,
        messagesPerSecond: 300,
        payloadBytes: 64,
      },
      ...{
        downSeconds: 0.1,
        retrySeconds: 0.02,
        durationSeconds: 0.1,
        timeoutSeconds: 30,
        ...changes,
      },
    }, { call: (service) => services[service]() });
  } finally {
    if (second !== undefined) await server.close();
  }
}

Deno.test("restart: all clients come back, and their messages then arrive", async () => {
  const result = await run({}, {}, { downSeconds: 1 });
  assertEquals([result.joined, result.back, result.failures], [4, 4, []]);
  assert(result.attempts > 4, `${result.attempts}`);
  assertEquals(
    result.failedAttempts.map(({ phase, code, count }) => [phase, code, count]),
    [["connect", "ECONNREFUSED", result.attempts - 4]],
  );
  assert(result.downSeconds! >= 1 && result.allBackSeconds! >= result.downSeconds!);
  assertEquals(result.deliveriesAfter.received, result.messagesAfter * 3);
  const { expected, received, cutOff, lost } = result.deliveriesBefore;
  assertEquals([lost, received + cutOff], [0, expected]);
  assert(expected <= result.messagesBefore * 3);
  assertMatch(
    result.sentence,
    /^The server was down for \d+\.\d s\. All 4 clients reconnected within \d+\.\d s of the kill, /,
  );
});

Deno.test("restart: clients that are back before the server is reported have their times", async () => {
  const { back, backMicroseconds, downSeconds, allBackSeconds, failures } = await run(
    {},
    {},
    {},
    300,
  );
  assertEquals([back, failures], [4, []]);
  assert(backMicroseconds!.p50 > 0 && downSeconds! <= allBackSeconds!);
});

Deno.test("restart: fails if clients do not come back in time", async () => {
  const result = await run({}, { capacity: 3 }, { timeoutSeconds: 2 });
  assertEquals([result.back, result.allBackSeconds, result.messagesAfter], [3, null, 0]);
  assertEquals(result.failures, ["Only 3 of 4 clients reconnected within 2 s."]);
  assert(result.failedAttempts.some(({ code }) => code === "server_full"));
});

Deno.test("restart: a server that does not come again", async () => {
  const result = await run({}, undefined, { timeoutSeconds: 2 });
  assertEquals([result.back, result.backMicroseconds], [0, null]);
  assertEquals(result.failures, ["Only 0 of 4 clients reconnected within 2 s."]);
});

Deno.test("restart: a message that is lost afterwards is a failure", async () => {
  let drops = 0;
  const result = await run({}, {
    fault: (_receiver, _sender, n) => n === 2 && drops++ === 0 ? "drop" : undefined,
  });
  assertMatch(result.failures.join(), /^1 delivery lost\.$/);
});

Deno.test("restart: does not restart the server if the clients cannot join", async () => {
  const result = await run({ capacity: 2 }, undefined);
  assertEquals([result.joined, result.attempts, result.downSeconds, result.sentence], [
    2,
    0,
    null,
    "",
  ]);
  assertMatch(result.failures.join(), /^Only 2 of 4 connections joined: server_full/);
});
