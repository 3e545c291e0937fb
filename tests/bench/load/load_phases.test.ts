import { assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { LatencyRuns } from "../../../bench/ledger/latency_runs.ts";
import { LoadPhases } from "../../../bench/load/load_phases.ts";
import { FakeTimers } from "../../server/fake_timers.ts";

Deno.test("load phases: each has its own latencies, and an interval those of all its phases", () => {
  using timers = new FakeTimers();
  const first = new LatencyRuns();
  const tracker = { latencies: first };
  const begun: string[] = [];
  const phase = (name: string, seconds: number) => {
    return { name, seconds, begin: () => begun.push(name) };
  };
  const phases = new LoadPhases([phase("a", 1), phase("b", 1), phase("c", 0)], first, [tracker]);
  const record = (microseconds: number, count: number) =>
    tracker.latencies.record(microseconds, count);
  const countOf = (name: string) => LatencyHistogram.of(phases.latenciesOf(name)).count;

  phases.start();
  record(900, 100);
  timers.advance(1000);
  record(5, 1);
  const interval = phases.endInterval();
  assertEquals([interval.count, interval.interval()], [101, { p50: 900, p99: 900 }]);
  record(7, 1);
  assertEquals(phases.endInterval().interval(), { p50: 7, p99: 7 });
  assertEquals(phases.endInterval().interval(), null);
  timers.advance(1000);
  phases.stop();
  phases.end();
  record(9, 3);
  assertEquals(begun, ["a", "b", "c"]);
  assertEquals(["a", "b", "c", "d"].map(countOf), [100, 2, 3, 0]);
});
