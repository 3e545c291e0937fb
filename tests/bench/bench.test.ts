import { assert, assertEquals, assertThrows } from "@std/assert";
import { bench } from "../../bench/mod.ts";
import { startServer } from "../support/server.ts";

Deno.test("bench: can be awaited, and tells of start, phases, ticks and the end", async () => {
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
  assertEquals(events[0], "start json");
  assert(events.includes("phase running"), events.join());
  assertEquals(events.at(-1), "done false");
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

Deno.test("bench: options that cannot be are told at once", () => {
  assertThrows(() => bench({ target: { host: "127.0.0.1", port: 1 }, connections: 1 }), RangeError);
});
