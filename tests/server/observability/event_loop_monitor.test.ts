import { assertAlmostEquals, assertEquals } from "@std/assert";
import { DelayHistogram } from "../../../server/observability/delay_histogram.ts";
import { EventLoopMonitor } from "../../../server/observability/event_loop_monitor.ts";
import { FakeTimers } from "../fake_timers.ts";

Deno.test("event loop monitor: how late its timer was, each time anew", () => {
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
