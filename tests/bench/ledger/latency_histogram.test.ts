import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  LatencyHistogram,
  MAX_LATENCY_MICROSECONDS,
} from "../../../bench/ledger/latency_histogram.ts";

Deno.test("latency histogram: has no summary if nothing was recorded", () => {
  assertEquals(new LatencyHistogram().summary(), null);
});

Deno.test("latency histogram: percentiles, mean, deviation and maximum", () => {
  const histogram = new LatencyHistogram();
  for (let value = 1; value <= 1000; value++) histogram.record(value);
  assertEquals(histogram.count, 1000);
  assertEquals(histogram.summary(), {
    p2_5: 25,
    p50: 500,
    p97_5: 975,
    p99: 990,
    mean: 500.5,
    stdev: 288.675,
    max: 1000,
  });
});

Deno.test("latency histogram: only whole numbers in range reach the library", () => {
  const histogram = new LatencyHistogram();
  histogram.record(-5);
  histogram.record(1.4);
  histogram.record(Infinity, 2);
  histogram.record(MAX_LATENCY_MICROSECONDS + 1);
  assertEquals(histogram.count, 5);
  const summary = histogram.summary();
  assert(summary !== null);
  assertEquals([summary.p2_5, summary.p50, summary.max], [
    0,
    MAX_LATENCY_MICROSECONDS,
    MAX_LATENCY_MICROSECONDS,
  ]);
  for (const [value, count] of [[NaN, 1], [1, 0], [1, 1.5], [1, -1], [1, NaN]] as const) {
    assertThrows(() => histogram.record(value, count), RangeError, "Cannot record a latency");
  }
  assertEquals(histogram.count, 5);
});

Deno.test("latency histogram: a count beyond 32 bits is kept", () => {
  const histogram = new LatencyHistogram();
  histogram.record(5, 2 ** 40);
  histogram.record(7, 1);
  assertEquals(histogram.count, 2 ** 40 + 1);
  assertEquals(histogram.summary()?.p50, 5);
});

Deno.test("latency histogram: two are added exactly, also after the way to another thread", () => {
  const whole = new LatencyHistogram();
  const added = new LatencyHistogram();
  for (const part of [1, 2]) {
    const histogram = new LatencyHistogram();
    for (let index = 1; index < 5000; index++) {
      const value = index * index * part;
      histogram.record(value, part);
      whole.record(value, part);
    }
    added.add(structuredClone(histogram.snapshot()));
  }
  added.add(new LatencyHistogram().snapshot());
  assertEquals(added.count, whole.count);
  assertEquals(added.summary(), whole.summary());
});

Deno.test("histogram: the mean of one value is not over it", () => {
  const histogram = new LatencyHistogram();
  histogram.record(8392);
  const { mean, max } = histogram.summary()!;
  assertEquals([mean, max], [8392, 8392]);
});
