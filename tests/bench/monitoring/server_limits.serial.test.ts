/** Alone on the machine, since a load tester that is late limits the run itself. */

import { assertEquals } from "@std/assert";
import { runBenchmark } from "../../../bench/mod.ts";
import { startServer } from "../../support/server.ts";

Deno.test("server limits: a run asks for them", async () => {
  // Each client pays 5 tokens for its `hello` and the room that it opens.
  await using server = await startServer({ rate: { perSecond: 20, burst: 10 } });
  const { serverLimits, verdict } = await runBenchmark({
    ...{ target: { host: "127.0.0.1", port: server.port }, durationSeconds: 0.5 },
    ...{ connections: 2, senders: 1 },
  });
  assertEquals(serverLimits, { perSecond: 20, burst: 10 });
  assertEquals(verdict.limitedBy, "throttle", verdict.reason);
});
