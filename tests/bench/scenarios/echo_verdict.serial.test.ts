/** The verdict depends on how late the load tester itself is: nothing else may run beside it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runBenchmark } from "../../../bench/mod.ts";
import { EchoFixture } from "../echo_fixture.ts";

Deno.test("echo: a closed loop that waits for lost replies is limited by the server", async () => {
  await using server = new EchoFixture({ fault: (n) => n >= 50 ? "drop" : undefined });
  const result = await runBenchmark({
    ...{ target: await server.listen(), scenario: "echo", connections: 2 },
    ...{ durationSeconds: 1, timeoutSeconds: 0.2 },
  });
  assertEquals(result.deliveries.received, 100);
  assert(result.deliveries.lost >= 2);
  assertEquals(result.verdict.limitedBy, "server", result.verdict.reason);
  assertMatch(result.verdict.reason, /^nothing was received in the last \d\.\d s of sending$/);
});
