import { assert, assertEquals } from "@std/assert";
import { GeneratorHealth } from "../../../bench/load/generator_health.ts";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";

function maxLag(health: GeneratorHealth): number {
  return LatencyHistogram.of(health.measured().lag).max;
}

Deno.test("generator health: a loop that is blocked is late and busy", async () => {
  const health = new GeneratorHealth(() => performance.now());
  const start = performance.now();
  while (performance.now() - start < 100);
  // The timer that was due is served before this one.
  await new Promise((resolve) => setTimeout(resolve, 20));
  health.stop();
  const { cpuSeconds, processCpuSeconds, processors, seconds } = health.measured();
  assert(processCpuSeconds >= cpuSeconds * 0.9 && processors >= 1, `${processCpuSeconds}`);
  assert(maxLag(health) > 80_000 && maxLag(health) < 1_000_000 * seconds);
  assert(cpuSeconds > 0 && cpuSeconds <= seconds + 0.02, `${cpuSeconds} of ${seconds}`);
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
