import { assertEquals } from "@std/assert";
import type { Clock } from "../../../client/core/clock.ts";
import { LivenessCheck } from "../../../client/core/liveness_check.ts";
import { FakeClock } from "../fakes.ts";

const TIMES = { silence: 1000, answer: 300 };

/** A check, and its pings and its end. */
function checked(source?: Clock) {
  const clock = new FakeClock();
  const calls: string[] = [];
  const check = new LivenessCheck(
    source ?? clock,
    TIMES,
    () => calls.push("ping"),
    (silence) => calls.push(`expired after ${silence}`),
  );
  check.start();
  return { clock, calls, check };
}

Deno.test("a silent server is sent one ping, and expires once without an answer", () => {
  const { clock, calls } = checked();
  clock.advance(999);
  assertEquals(calls, []);
  clock.advance(1);
  assertEquals(calls, ["ping"]);
  clock.advance(299);
  assertEquals(calls, ["ping"]);
  clock.advance(1);
  clock.advance(10_000);
  assertEquals(calls, ["ping", "expired after 1300"]);
  assertEquals(clock.timers, 0);
});

Deno.test("the silence begins at the last frame, with one timer for many frames", () => {
  const clock = new FakeClock();
  let timers = 0;
  const after: Clock["after"] = (milliseconds, action) => {
    timers++;
    return clock.after(milliseconds, action);
  };
  const { calls, check } = checked({ now: clock.now, after });
  const receiveMany = () => {
    const before = timers;
    for (let n = 1; n <= 9; n++) {
      clock.advance(100);
      check.received();
    }
    assertEquals(timers, before);
  };
  receiveMany();
  clock.advance(999); // 1899 ms after the start, 999 ms after the last frame
  assertEquals(calls, []);
  clock.advance(1);
  assertEquals(calls, ["ping"]);
  check.received();
  receiveMany();
  clock.advance(999);
  assertEquals(calls, ["ping"]);
  clock.advance(1);
  assertEquals(calls, ["ping", "ping"]);
});

Deno.test("after an answer the silence begins anew", () => {
  const { clock, calls, check } = checked();
  clock.advance(1299);
  check.received();
  clock.advance(999);
  assertEquals(calls, ["ping"]);
  clock.advance(1);
  assertEquals(calls, ["ping", "ping"]);
  clock.advance(300);
  assertEquals(calls, ["ping", "ping", "expired after 1300"]);
});

Deno.test("a stopped check neither pings nor expires until it starts again", () => {
  const { clock, calls, check } = checked();
  clock.advance(500);
  check.stop();
  check.stop();
  check.received();
  check.check(100);
  clock.advance(10_000);
  assertEquals([calls, clock.timers], [[], 0]);
  check.start();
  clock.advance(999);
  assertEquals(calls, []);
  clock.advance(1);
  check.stop();
  check.received(); // the answer to the ping
  clock.advance(10_000);
  assertEquals([calls, clock.timers], [["ping"], 0]);
});

Deno.test("a check on request pings at once, with its own time for the answer", () => {
  const { clock, calls, check } = checked();
  check.check(50);
  assertEquals([calls, clock.timers], [["ping"], 1]);
  clock.advance(49);
  check.received();
  clock.advance(999);
  assertEquals(calls, ["ping"]);
  check.check(50);
  clock.advance(50);
  assertEquals(calls, ["ping", "ping", "expired after 1049"]);
  check.check(50);
  assertEquals(calls.length, 3);
});

Deno.test("a clock that is set back delays the ping by one silence at most", () => {
  const fake = new FakeClock();
  let back = 0;
  const { calls, check } = checked({ now: () => fake.now() - back, after: fake.after });
  check.received();
  back = 3_600_000;
  fake.advance(1000);
  assertEquals(calls, []);
  back = 0;
  fake.advance(1000);
  assertEquals(calls, ["ping"]);
  back = 3_600_000;
  fake.advance(300);
  assertEquals(calls, ["ping", "expired after 300"]);
});

Deno.test("the reported silence is the time since something was received", () => {
  const { clock, calls, check } = checked();
  clock.advance(100);
  check.check(200);
  clock.advance(200);
  assertEquals(calls, ["ping", "expired after 300"]);
});
