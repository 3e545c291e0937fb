import { assertEquals } from "@std/assert";
import { distributionOf } from "../../bench/distribution.ts";
import { ErrorTally } from "../../bench/error_tally.ts";
import { bytes, compact, counted, grouped } from "../../bench/format.ts";
import { Sampler } from "../../bench/sampler.ts";

Deno.test("figures: three digits and a unit", () => {
  const cases: [number, string, string][] = [
    [0, "0", "0 B"],
    [999, "999", "999 B"],
    [1000, "1.00k", "1.00 kB"],
    [9994, "9.99k", "9.99 kB"],
    [9996, "10.0k", "10.0 kB"],
    [96_840, "96.8k", "96.8 kB"],
    [999_499, "999k", "999 kB"],
    [999_500, "1.00M", "1.00 MB"],
    [12_345_678, "12.3M", "12.3 MB"],
    [1_140_000_000, "1.14G", "1.14 GB"],
  ];
  for (const [value, short, size] of cases) {
    assertEquals(compact(value), short);
    assertEquals(bytes(value), size);
  }
});

Deno.test("figures: thousands are set apart, nouns counted", () => {
  assertEquals([0, 999, 1000, 25_583, 1_234_567.6].map(grouped), [
    "0",
    "999",
    "1,000",
    "25,583",
    "1,234,568",
  ]);
  assertEquals(counted(1, "message"), "1 message");
  assertEquals(counted(2000, "delivery", "deliveries"), "2,000 deliveries");
});

Deno.test("figures: a distribution by nearest rank", () => {
  assertEquals(distributionOf([]), null);
  assertEquals(distributionOf([4, 1, 3, 2]), {
    p1: 1,
    p2_5: 1,
    p50: 2,
    p97_5: 4,
    mean: 3,
    stdev: 1,
    min: 1,
  });
});

Deno.test("figures: samples are rates, whatever the timer's delay", () => {
  const sampler = new Sampler(500);
  sampler.sample(1500, 100, 1000, { p50: 10, p99: 20 });
  sampler.sample(3500, 500, 5000, null);
  assertEquals(sampler.deliveriesPerSecond, 200);
  sampler.finish(3999, 600, 6000, null); // under half a second: no sample
  assertEquals(sampler.list(), {
    ends: [1, 3],
    deliveries: [100, 200],
    bytes: [1000, 2000],
    latencies: [{ p50: 10, p99: 20 }, null],
  });
  sampler.finish(4000, 600, 6000, { p50: 1, p99: 2 });
  assertEquals(sampler.list().deliveries, [100, 200, 200]);
});

Deno.test("figures: a run of less than a second has one sample", () => {
  const sampler = new Sampler(0);
  sampler.finish(100, 50, 500, null);
  assertEquals(sampler.list(), {
    ends: [0.1],
    deliveries: [500],
    bytes: [5000],
    latencies: [null],
  });
});

Deno.test("figures: errors are counted by phase and code, with the first one's second", () => {
  const tally = new ErrorTally();
  tally.add("connect", "ECONNREFUSED", "first", 1999);
  tally.add("login", "ECONNREFUSED", "other phase", 0);
  tally.add("connect", "ECONNREFUSED", "second", 5000, 4);
  assertEquals(tally.list(), [
    { phase: "connect", code: "ECONNREFUSED", count: 5, firstSecond: 1, text: "first" },
    { phase: "login", code: "ECONNREFUSED", count: 1, firstSecond: 0, text: "other phase" },
  ]);
});
