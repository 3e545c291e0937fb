import { assert, assertEquals } from "@std/assert";
import { PUNCTUAL_MILLISECONDS, PunctualTimer } from "../../../server/scheduling/punctual_timer.ts";
import { systemClock } from "../../../server/scheduling/clock.ts";
import { FakeTimers } from "../fake_timers.ts";
import { FakeClock } from "../fakes.ts";

Deno.test("punctual timer: calls back once, for the last start, unless it is stopped", () => {
  using timers = new FakeTimers();
  const timer = new PunctualTimer({ ...systemClock, monotonic: () => 0 });
  const elapsed: string[] = [];
  timer.start(100, () => elapsed.push("first"));
  timer.start(150, () => elapsed.push(timer.isRunning ? "running" : "second"));
  assert(timer.isRunning);
  timers.advance(149);
  assertEquals(elapsed, []);
  timers.advance(1);
  assertEquals([elapsed, timer.isRunning], [["second"], false]);
  timer.start(1, () => elapsed.push("stopped"));
  timer.stop();
  timers.advance(1000);
  assertEquals([elapsed.length, timers.size, timer.isRunning], [1, 0, false]);
});

Deno.test("punctual timer: late ones count as late ten times in a row", () => {
  using timers = new FakeTimers();
  const clock = new FakeClock();
  const timer = new PunctualTimer(clock);
  const runsLate = (by: number) => {
    timer.start(100, () => {});
    timers.advance(100);
    clock.advance(100 + by);
    return timer.takeLate();
  };
  assertEquals(runsLate(PUNCTUAL_MILLISECONDS), false);
  for (let round = 0; round < 2; round++) {
    for (let count = 0; count < 10; count++) assert(runsLate(PUNCTUAL_MILLISECONDS + 1));
    assertEquals(runsLate(1000), false);
  }
  for (let count = 0; count < 9; count++) assert(runsLate(1000));
  assertEquals(runsLate(0), false);
  for (let count = 0; count < 10; count++) assert(runsLate(1000), "a punctual one begins anew");
});
