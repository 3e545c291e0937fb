import process from "node:process";
import { assert, assertEquals } from "@std/assert";
import { GeneratorHealth } from "../../../bench/load/generator_health.ts";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";

function maxLag(health: GeneratorHealth): number {
  return LatencyHistogram.of(health.measured().lag).max;
}

Deno.test("generator health: a timer that is late counts for those that it missed", async () => {
  let now = 0;
  const health = new GeneratorHealth(() => now);
  now = 110;
  // The timer of the same duration that was started before is served first.
  await new Promise((resolve) => setTimeout(resolve, 10));
  health.stop();
  const lag = LatencyHistogram.of(health.measured().lag);
  assertEquals([lag.max, lag.count], [100_000, 10]);
  assertEquals(Math.round(lag.summary()!.mean / 1000), 55);
});

Deno.test("generator health: the time on processors is that between its start and its end", () => {
  const times = { thread: 2, process: 5 };
  let now = 1000;
  const health = new GeneratorHealth(() => now, {
    thread: () => times.thread,
    process: () => times.process,
  });
  now = 3000;
  Object.assign(times, { thread: 3.5, process: 9 });
  health.stop();
  const { cpuSeconds, processCpuSeconds, processors, seconds } = health.measured();
  assertEquals([cpuSeconds, processCpuSeconds, seconds], [1.5, 4, 2]);
  assert(processors >= 1);
});

Deno.test("generator health: the processor times are those of this thread and process", () => {
  const health = new GeneratorHealth(() => performance.now());
  const before = process.threadCpuUsage();
  while (process.threadCpuUsage().user - before.user < 20_000);
  health.stop();
  const { cpuSeconds, processCpuSeconds } = health.measured();
  // A difference of two sums of microseconds.
  assert(Math.round(cpuSeconds * 1e6) >= 20_000, `${cpuSeconds} s`);
  assert(processCpuSeconds >= 0.019, `${processCpuSeconds} s`);
});

Deno.test("generator health: a loop that never came back to the timer was late all the time", () => {
  let now = 0;
  const health = new GeneratorHealth(() => now);
  now = 5010;
  health.stop();
  assertEquals(maxLag(health), 5_000_000);
  const lag = LatencyHistogram.of(health.measured().lag);
  // Timers were due every 10 ms of it: half of them were over 2.5 s late.
  assertEquals(Math.round(lag.summary()!.p50 / 100_000), 25);
  assertEquals(health.measured().seconds, 5.01);
});
