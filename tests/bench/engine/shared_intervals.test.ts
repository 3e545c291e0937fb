import { assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { LatencyRuns } from "../../../bench/ledger/latency_runs.ts";
import { SharedIntervals } from "../../../bench/engine/shared_progress.ts";

/** A second of a thread in which these latencies were measured. */
function second(...latencies: number[]) {
  const runs = new LatencyRuns();
  for (const latency of latencies) runs.record(latency);
  return runs.intervalSnapshot();
}

Deno.test("shared intervals: a second is that of all threads together", () => {
  const intervals = new SharedIntervals(2);
  const slow = Array.from({ length: 98 }, () => 900);
  intervals.add(0, second(...slow));
  assertEquals(intervals.latencies, [], "until all have told it");
  intervals.add(0, second(5));
  intervals.add(1, second(1, 2));
  const both = new LatencyHistogram();
  for (const latency of [...slow, 1, 2]) both.record(latency);
  assertEquals(intervals.latencies, [both.interval()]);
  assertEquals(both.interval(), { p50: 900, p99: 900 });
  intervals.add(1, second());
  assertEquals(intervals.latencies[1], { p50: 5, p99: 5 });
});

Deno.test("shared intervals: a second in which nothing came in is one all the same", () => {
  const intervals = new SharedIntervals(3);
  for (const thread of [2, 0, 1]) intervals.add(thread, second());
  for (const thread of [0, 1, 2]) intervals.add(thread, second(thread));
  assertEquals(intervals.latencies, [null, { p50: 1, p99: 2 }]);
});
