import { assertEquals } from "@std/assert";
import { Gaps } from "../../../bench/ledger/gaps.ts";

/** The numbers below a bound that are missing, found by taking each out. */
function drained(gaps: Gaps, bound: number): number[] {
  return Array.from({ length: bound }, (_, sequence) => sequence).filter((sequence) =>
    gaps.fill(sequence)
  );
}

function gapsOf(...ranges: [start: number, end: number][]): Gaps {
  const gaps = new Gaps();
  for (const [start, end] of ranges) gaps.add(start, end);
  return gaps;
}

Deno.test("gaps: holds what was added, each number once", () => {
  const gaps = gapsOf([2, 4], [7, 8], [10, 13]);
  assertEquals(gaps.ranges, 3);
  assertEquals(drained(gaps, 20), [2, 3, 7, 10, 11, 12]);
  assertEquals(gaps.ranges, 0);
  assertEquals(drained(gaps, 20), []);
});

Deno.test("gaps: a number may be taken from either end and from the middle of a range", () => {
  for (const [sequence, ranges] of [[5, 1], [9, 1], [7, 2]] as const) {
    const gaps = gapsOf([5, 10]);
    assertEquals(gaps.fill(sequence), true);
    assertEquals(gaps.ranges, ranges);
    assertEquals(gaps.fill(sequence), false);
    assertEquals(drained(gaps, 20), [5, 6, 7, 8, 9].filter((other) => other !== sequence));
  }
});

Deno.test("gaps: ranges that touch are one, and an empty one is none", () => {
  const gaps = gapsOf([1, 3], [3, 5], [6, 6]);
  assertEquals(gaps.ranges, 1);
  assertEquals(drained(gaps, 10), [1, 2, 3, 4]);
});

Deno.test("gaps: the oldest range can be forgotten, also without any range", () => {
  const gaps = gapsOf([1, 3], [5, 6]);
  gaps.forgetOldest();
  assertEquals(drained(gaps, 10), [5]);
  gaps.forgetOldest();
  assertEquals(gaps.ranges, 0);
});
