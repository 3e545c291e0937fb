import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Pace, Pacer } from "../../../bench/load/pacer.ts";

/** The times of the first messages, for a generator that is never late. */
function schedule(pace: Pace, count: number, start = 0): number[] {
  const pacer = new Pacer(pace, start);
  return Array.from({ length: count }, () => pacer.take(pacer.nextAt)!);
}

Deno.test("pacer: the messages of a second are spread over all of it", () => {
  assertEquals(schedule(4, 6, 1_000_000), [
    ...[1_000_000, 1_250_000, 1_500_000, 1_750_000],
    ...[2_000_000, 2_250_000],
  ]);
});

Deno.test("pacer: no rounding adds up, at the highest and the lowest rate and one between", () => {
  const fast = schedule(500_000, 1_500_001);
  assertEquals(fast.at(-1), 3_000_000);
  for (let index = 1; index < fast.length; index++) {
    assertAlmostEquals(fast[index]! - fast[index - 1]!, 2, 1e-3);
  }
  assertEquals(schedule(1, 3), [0, 1_000_000, 2_000_000]);
  assertEquals(schedule(3, 3001).at(-1), 1_000_000_000);
});

Deno.test("pacer: nothing is due before its time", () => {
  const pacer = new Pacer(1000, 500);
  assertEquals(pacer.take(499), undefined);
  assertEquals(pacer.take(500), 500);
  assertEquals(pacer.take(1499), undefined);
  assertEquals(pacer.nextAt, 1500);
});

Deno.test("pacer: a late generator catches up, each message with its own time and slip", () => {
  const pacer = new Pacer(1000, 0);
  assertEquals(pacer.take(0), 0);
  const due: number[] = [];
  for (let at = pacer.take(5500); at !== undefined; at = pacer.take(5500)) due.push(at);
  assertEquals(due, [1000, 2000, 3000, 4000, 5000]);
  assertEquals(pacer.nextAt, 6000);
  assertEquals(pacer.slip.count, 6);
  assertEquals(pacer.slip.summary()!.max, 4500);
});

Deno.test("pacer: a ramp has as many messages as the area under it", () => {
  for (const [from, to] of [[0, 1000], [1000, 0], [200, 800], [500, 500]] as const) {
    const pace = { from, to, seconds: 2 };
    const times = schedule(pace, from + to);
    assertEquals(times[0], 0);
    assert(times.at(-1)! < 2_000_000, `${from}:${to}`);
    const half = times.filter((time) => time < 1_000_000).length;
    assertAlmostEquals(half, from + (to - from) / 4, 1);
    for (let index = 1; index < times.length; index++) {
      assert(times[index]! > times[index - 1]!, `${from}:${to}`);
    }
  }
});

Deno.test("pacer: behind a ramp the rate stays", () => {
  const times = schedule({ from: 0, to: 1000, seconds: 1 }, 700);
  assertEquals(times.slice(500, 503).map(Math.round), [1_000_000, 1_001_000, 1_002_000]);
  assertEquals(schedule({ from: 10, to: 0, seconds: 1 }, 5).length, 5);
  const ended = new Pacer({ from: 10, to: 0, seconds: 1 }, 0);
  while (ended.take(2_000_000) !== undefined);
  assertEquals(ended.slip.count, 5);
  assertEquals(ended.nextAt, Infinity);
});

Deno.test("pacer: what is left is what would still be taken", () => {
  for (
    const pace of [3, 1000, { from: 0, to: 500, seconds: 2 }, { from: 100, to: 0, seconds: 1 }]
  ) {
    for (const end of [0, 1, 999_999, 1_000_000, 3_000_000]) {
      for (const most of [0, 1, 7, 4000]) {
        const pacer = new Pacer(pace, 0);
        pacer.take(0);
        const left = pacer.left(end, most);
        let taken = 0;
        while (taken < most && pacer.nextAt < end && pacer.take(end) !== undefined) taken++;
        assertEquals(left, taken, JSON.stringify({ pace, end, most }));
      }
    }
  }
});
