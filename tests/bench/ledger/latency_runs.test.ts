import { assertEquals } from "@std/assert";
import { LatencyRuns } from "../../../bench/ledger/latency_runs.ts";
import { LiveLine, sparkline } from "../../../bench/reports/live_line.ts";

Deno.test("latencies by interval: each has its own percentiles, the whole has all", () => {
  const runs = new LatencyRuns();
  assertEquals(runs.endInterval(), null);
  for (let index = 0; index < 100; index++) runs.record(10);
  assertEquals(runs.endInterval(), { p50: 10, p99: 10 });
  runs.record(900);
  assertEquals(runs.endInterval(), { p50: 900, p99: 900 });
  assertEquals(runs.endInterval(), null);
  runs.record(5);
  assertEquals(runs.max, 900);
  runs.record(1000);
  assertEquals(runs.max, 1000);
  assertEquals(runs.endInterval(), { p50: 5, p99: 1000 }, "to ask for the longest ends nothing");
  runs.record(5);
  const summary = runs.histogram.summary()!;
  assertEquals([runs.histogram.count, summary.p50, summary.max], [104, 10, 1000]);
});

Deno.test("sparkline: from the lowest bar to the highest, with gaps", () => {
  assertEquals(sparkline([0, 50, null, 100]), "▁▅ █");
  assertEquals(sparkline([-1, 0]), "▁▁");
  assertEquals(sparkline([]), "");
});

Deno.test("live line: rate and latency of the last 20 seconds while it runs", () => {
  const live = new LiveLine();
  const at = (second: number, p99Microseconds: number) =>
    live.render({
      stage: "running",
      fraction: 0.5,
      elapsedSeconds: second,
      joined: 2,
      connections: 2,
      messages: 1,
      deliveries: 1000,
      deliveriesPerSecond: second,
      p99Microseconds,
    });
  for (let second = 1; second <= 25; second++) at(second, 100);
  const line = at(26, 4100);
  const [, rates, latencies] = /\/s (\S+) \| p99 4\.10 ms (\S+)$/.exec(line)!;
  assertEquals([[...rates!].length, [...latencies!].length], [20, 20]);
  assertEquals([rates!.at(-1), latencies!.at(-1), latencies![0]], ["█", "█", "▁"]);
});
