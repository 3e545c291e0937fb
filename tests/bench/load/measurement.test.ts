import { assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { noTraffic, sumOfTraffic } from "../../../bench/load/measurement.ts";
import { histogramOf } from "../../../bench/load/joining.ts";

Deno.test("measurement: loads one after the other are added, with their processor time", () => {
  const part = (milliseconds: number) => {
    const lag = histogramOf([milliseconds]).snapshot();
    const generator = {
      ...{ lag, cpuSeconds: 1, processCpuSeconds: 2, processors: 2 },
      seconds: 4,
    };
    const { deliveries, ...rest } = noTraffic(generator);
    return {
      ...{ ...rest, messages: 3, sendingSeconds: 4, sendingThreads: 1, latencies: lag },
      deliveries: { ...deliveries, expected: 6, received: 5, lost: 1 },
    };
  };
  const { generator, latencies, deliveries, ...sum } = sumOfTraffic([part(1), part(300)]);
  assertEquals([sum.messages, sum.sendingSeconds, sum.sendingThreads], [6, 8, 1]);
  assertEquals([deliveries.expected, deliveries.received, deliveries.lost], [12, 10, 2]);
  assertEquals([generator.cpuSeconds, generator.processCpuSeconds, generator.seconds], [2, 4, 8]);
  assertEquals(generator.processors, 2);
  for (const snapshot of [generator.lag, latencies]) {
    const { count, max } = LatencyHistogram.of(snapshot);
    assertEquals([count, max], [2, 300_000]);
  }
  assertEquals(sumOfTraffic([]), noTraffic());
});
