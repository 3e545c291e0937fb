import { assertEquals } from "@std/assert";
import { Metrics } from "../../../server/observability/metrics.ts";

Deno.test("metrics: refusals are counted by reason, also those that nobody thought of", () => {
  const metrics = new Metrics();
  assertEquals(metrics.refused.server_full, 0);
  metrics.refuse("server_full");
  metrics.refuse("frame_too_long");
  metrics.refuse("frame_too_long");
  assertEquals([metrics.refused.server_full, metrics.refused.frame_too_long], [1, 2]);
});

Deno.test("metrics: those of one server are not those of another", () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.refuse("origin");
  one.sessions.text++;
  one.eventLoopDelay.observe(1);
  assertEquals([other.refused.origin, other.sessions.text, other.eventLoopDelay.count], [0, 0, 0]);
});
