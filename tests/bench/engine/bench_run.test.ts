import { assert, assertEquals, assertThrows } from "@std/assert";
import { bench } from "../../../bench/mod.ts";
import { startServer } from "../../support/server.ts";

Deno.test("bench: can be awaited, and emits start, phases, ticks and the end", async () => {
  await using server = await startServer();
  const target = { host: "127.0.0.1", port: server.port };
  const run = bench({ target, connections: 4, senders: 1, durationSeconds: 1.2 });
  const events: string[] = [];
  run.on("start", ({ profile }) => events.push(`start ${profile}`));
  run.on("phase", (stage) => events.push(`phase ${stage}`));
  let ticks = 0;
  run.on("tick", ({ deliveries }) => ticks += deliveries > 0 ? 1 : 0);
  run.on("done", ({ interrupted }) => events.push(`done ${interrupted}`));
  const result = await run;
  assertEquals(result.failures, []);
  assert(ticks >= 1, String(ticks));
  const phases = ["joining", "running", "draining"].map((stage) => `phase ${stage}`);
  assertEquals(events, ["start json", ...phases, "done false"]);
});

Deno.test("bench: the shortest run emits all of its phases, with each number of threads", async () => {
  await using server = await startServer();
  const target = { host: "127.0.0.1", port: server.port };
  for (const workers of [1, 2]) {
    const run = bench({ target, connections: 4, amount: 1, workers, warmUpSeconds: 0.1 });
    const stages: string[] = [];
    run.on("phase", (stage) => stages.push(stage));
    await run;
    assertEquals(stages, ["joining", "warming up", "running", "draining"]);
  }
});

Deno.test("bench: stop ends it early, with what was measured", async () => {
  await using server = await startServer();
  const target = { host: "127.0.0.1", port: server.port };
  const run = bench({ target, connections: 4, senders: 1, durationSeconds: 600 });
  run.on("tick", ({ deliveries }) => {
    if (deliveries > 0) run.stop();
  });
  const { interrupted, deliveries } = await run;
  assert(interrupted && deliveries.received > 0);
});

Deno.test("bench: rejects invalid options at once", () => {
  const target = { host: "127.0.0.1", port: 1 };
  assertThrows(() => bench({ target, connections: 1 }), RangeError);
  for (const port of [0, 65_536, "x" as never]) {
    assertThrows(() => bench({ target: { ...target, port } }), RangeError, "port");
  }
  assertThrows(() => bench({ target: undefined! }), RangeError, "target");
});
