import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  DelayHistogram,
  EventLoopMonitor,
  Metrics,
} from "../../../server/observability/metrics.ts";
import { FakeTimers } from "../fake_timers.ts";

Deno.test("metrics: counts refusals by reason, also unlisted ones", () => {
  const metrics = new Metrics();
  assertEquals(metrics.refused.server_full, 0);
  metrics.refuse("server_full");
  metrics.refuse("frame_too_long");
  metrics.refuse("frame_too_long");
  assertEquals([metrics.refused.server_full, metrics.refused.frame_too_long], [1, 2]);
});

Deno.test("metrics: two servers share no counters", () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.refuse("origin");
  one.sessions.text++;
  one.eventLoopDelay.observe(1);
  assertEquals([other.refused.origin, other.sessions.text, other.eventLoopDelay.count], [0, 0, 0]);
});

Deno.test("event loop monitor: measures the delay of each timer", () => {
  using timers = new FakeTimers();
  let now = 1000;
  const histogram = new DelayHistogram();
  const monitor = new EventLoopMonitor(histogram, () => now);
  monitor.start();
  for (const delay of [0, 40, 0]) {
    now += 100 + delay;
    timers.advance(100 + delay);
  }
  assertEquals(histogram.count, 3);
  assertAlmostEquals(histogram.sum, 0.04, 1e-9);
  monitor.stop();
  assertEquals(timers.size, 0);
});
