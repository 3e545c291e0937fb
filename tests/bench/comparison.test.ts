import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkSameLoad, parseBaseline } from "../../bench/baseline.ts";
import { chanceOf, compareRuns, median } from "../../bench/comparison.ts";
import { renderComparison, renderSpread } from "../../bench/reports/comparison_text.ts";
import { PASSED } from "./sample_result.ts";

/** Runs with these rates and 99th percentiles. */
function runs(...figures: readonly (readonly [perSecond: number, p99: number])[]) {
  return figures.map(([perSecond, p99]) => ({
    ...PASSED,
    deliveries: { ...PASSED.deliveries, perSecond },
    latencyMicroseconds: { ...PASSED.latencyMicroseconds!, p99 },
  }));
}

Deno.test("median: of odd and even numbers of values", () => {
  assertEquals([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5]);
});

Deno.test("chance: as the tables of the Mann-Whitney test have it", () => {
  assertAlmostEquals(chanceOf([1, 2, 3, 4], [5, 6, 7, 8]), 2 / 70);
  assertAlmostEquals(chanceOf([5, 6, 7, 8], [1, 2, 3, 4]), 2 / 70);
  assertAlmostEquals(chanceOf([1, 2, 3], [4, 5, 6]), 0.1);
  assertEquals(chanceOf([7, 7, 7, 7], [7, 7, 7, 7]), 1);
  assertEquals(chanceOf([1, 4], [2, 3]), 1);
});

Deno.test("chance: many runs go by the normal approximation, which agrees", () => {
  const first = Array.from({ length: 15 }, (_, index) => index * 2);
  const second = Array.from({ length: 15 }, (_, index) => index * 2 + 9);
  const chance = chanceOf(first, second);
  // Counted exactly, over all ways to deal 30 ranks: 0.01643.
  assertAlmostEquals(chance, 0.01643, 0.002);
  assertEquals(chanceOf(Array(20).fill(1), Array(20).fill(1)), 1);
});

Deno.test("comparison: better, worse, noise and too few", () => {
  const before = runs([100, 50], [101, 52], [99, 51], [102, 53]);
  const after = runs([120, 40], [121, 90], [119, 51], [122, 52.5]);
  const [rate, p50, p99] = compareRuns(before, after);
  assertEquals([rate!.verdict, p50!.verdict, p99!.verdict], ["better", "same", "same"]);
  assertAlmostEquals(rate!.ratio, 120.5 / 100.5);
  assertEquals(compareRuns(after, before)[0]!.verdict, "worse");
  assertEquals(compareRuns(before, after.slice(1))[0]!.verdict, "unknown");
  const slower = before.map((run) => ({
    ...run,
    latencyMicroseconds: { ...run.latencyMicroseconds, p99: 99 },
  }));
  assertEquals(compareRuns(before, slower)[2]!.verdict, "worse");
  assertStringIncludes(renderComparison(compareRuns(after, before)), "WORSE");
  assertStringIncludes(renderComparison(compareRuns(before, after.slice(1))), "--repeat 4");
  assertStringIncludes(renderSpread(before), "4 runs");
});

Deno.test("baseline: one run or many; what is neither is told", () => {
  assertEquals(parseBaseline(JSON.stringify(PASSED)).runs.length, 1);
  assertEquals(parseBaseline(JSON.stringify({ runs: [PASSED, PASSED] })).runs.length, 2);
  assertThrows(() => parseBaseline("no"), RangeError, "not JSON");
  for (const text of ["{}", "[]", '{"runs":[]}', '{"scenario":"connect"}', "null"]) {
    assertThrows(() => parseBaseline(text), RangeError, "no runs");
  }
});

Deno.test("baseline: another load cannot be compared", () => {
  checkSameLoad(PASSED, { ...PASSED });
  assertThrows(
    () => checkSameLoad(PASSED, { ...PASSED, scenario: "echo" }),
    RangeError,
    'its runs have scenario "broadcast", and this one has "echo"',
  );
  assertThrows(() => checkSameLoad(PASSED, { ...PASSED, rate: 5 }), RangeError, "rate null");
});
