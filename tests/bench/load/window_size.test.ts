import { assertEquals } from "@std/assert";
import { maxInFlight } from "../../../bench/load/window_size.ts";

Deno.test("in flight: what the rate makes until the time-out, and what it may at most", () => {
  const at = (rate: Parameters<typeof maxInFlight>[0]["rate"], bytes = 65, timeoutSeconds = 10) =>
    maxInFlight({ ...(rate === undefined ? {} : { rate }), timeoutSeconds }, bytes);
  assertEquals(at(1000), 12_000);
  assertEquals(at({ from: 0, to: 5000, seconds: 1 }), 60_000);
  assertEquals(at({ from: 5000, to: 0, seconds: 1 }), 60_000);
  assertEquals(at(1), 4096);
  assertEquals(at(500_000), 2_097_152);
  assertEquals(at(500_000, 4096), 65_536);
  assertEquals(at(1000, 65, 3600), 2_097_152);
});
