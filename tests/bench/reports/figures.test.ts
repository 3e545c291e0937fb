import { assertEquals } from "@std/assert";
import { distributionOf } from "../../../bench/results/distribution.ts";
import { ErrorTally } from "../../../bench/load/error_tally.ts";
import {
  bytes,
  compact,
  counted,
  duration,
  grouped,
  shortDuration,
} from "../../../bench/format.ts";
import { Sampler } from "../../../bench/load/sampler.ts";

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

Deno.test("figures: each time in the unit that fits", () => {
  const times: [number, string][] = [
    [0, "0 µs"],
    [0.25, "0.25 µs"],
    [8.254, "8.25 µs"],
    [999.4, "999 µs"],
    [999.6, "1.00 ms"],
    [1234, "1.23 ms"],
    [98_760, "98.8 ms"],
    [999_499, "999 ms"],
    [1_500_000, "1.50 s"],
    [7_500_000_000, "7500 s"],
  ];
  for (const [microseconds, text] of times) assertEquals(duration(microseconds), text);
  assertEquals([85, 1234, 5e6].map(shortDuration), ["85.0 ns", "1.23 µs", "5.00 ms"]);
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
    p50: 3,
    p97_5: 4,
    mean: 3,
    stdev: 1,
    min: 1,
  });
});

Deno.test("figures: the median of two samples is between them", () => {
  const { p50, min } = distributionOf([100, 300])!;
  assertEquals([p50, min], [200, 100]);
});

Deno.test("figures: samples are rates, independent of the timer's delay", () => {
  const sampler = new Sampler(500);
  const counts = (deliveries: number) => ({
    ...{ deliveries, bytes: 10 * deliveries, messages: deliveries / 10 },
    ...{ missing: 500 - deliveries, errors: deliveries / 100 },
  });
  sampler.sample(1500, counts(100), { p50: 10, p99: 20 });
  sampler.sample(3500, counts(500), null);
  assertEquals(sampler.deliveriesPerSecond, 200);
  sampler.finish(3999, counts(600), null); // under half a second: no sample
  assertEquals(sampler.list(), [
    {
      ...{ end: 1, deliveries: 100, bytes: 1000, latencies: { p50: 10, p99: 20 } },
      ...{ messages: 10, missing: 400, errors: 1 },
    },
    {
      ...{ end: 3, deliveries: 200, bytes: 2000, latencies: null },
      ...{ messages: 40, missing: -400, errors: 4 },
    },
  ]);
  sampler.finish(4000, counts(600), { p50: 1, p99: 2 });
  assertEquals(sampler.list().map(({ deliveries }) => deliveries), [100, 200, 200]);
});

Deno.test("figures: a run of less than a second has one sample", () => {
  const sampler = new Sampler(0);
  const counts = { deliveries: 50, bytes: 500, messages: 7, missing: 1, errors: 2 };
  sampler.finish(100, counts, null);
  assertEquals(sampler.list(), [{
    ...{ end: 0.1, deliveries: 500, bytes: 5000, latencies: null },
    ...{ messages: 7, missing: 1, errors: 2 },
  }]);
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
