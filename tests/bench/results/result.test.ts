import { assertEquals } from "@std/assert";
import type { Measurement } from "../../../bench/load/measurement.ts";
import { seriesOf } from "../../../bench/results/result.ts";

/** The losses by second, from the deliveries found missing in each, and those that were lost in all. */
const CASES: readonly { why: string; missing: number[]; lost: number; bySecond: number[] }[] = [
  { why: "as they were found", missing: [3, 0, 4], lost: 7, bySecond: [3, 0, 4] },
  { why: "more at the end", missing: [3, 0], lost: 5, bySecond: [3, 2] },
  { why: "reported as skipped at the end", missing: [500, 0], lost: 0, bySecond: [0, 0] },
  { why: "late in the next second", missing: [5, -5, 2], lost: 2, bySecond: [0, 0, 2] },
  { why: "late and lost", missing: [5, -3, 1], lost: 2, bySecond: [2, 0, 0] },
  { why: "skipped before they are found missing", missing: [-5, 6], lost: 1, bySecond: [0, 1] },
];

for (const { why, missing, lost, bySecond } of CASES) {
  Deno.test(`series: losses of a second are never below 0: ${why}`, () => {
    const samples = missing.map((missing, index) => ({
      ...{ end: index + 1, deliveries: 1, bytes: 1, latencies: null, messages: 1, missing },
      errors: 0,
    }));
    const measurement = { samples, errors: [], messages: samples.length, deliveries: { lost } };
    // Only these fields are read.
    const series = seriesOf(undefined, measurement as unknown as Measurement);
    assertEquals(series.map(({ lost }) => lost), bySecond);
  });
}
