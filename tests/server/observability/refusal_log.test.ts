import { assertEquals } from "@std/assert";
import { Log } from "../../../server/observability/log.ts";
import { Metrics } from "../../../server/observability/metrics.ts";
import { RefusalLog } from "../../../server/observability/refusal_log.ts";
import { keptLog } from "../fakes.ts";

Deno.test("refusal log: one entry for each reason in a report, with the number", () => {
  const { entries, write } = keptLog();
  const metrics = new Metrics();
  const refusals = new RefusalLog(metrics, new Log("info", () => 0, write));
  for (let count = 0; count < 1000; count++) {
    refusals.add("server_full", `198.51.100.${count % 256}`);
  }
  refusals.add("origin", "192.0.2.1", "https://evil.example");
  assertEquals(entries, []);
  refusals.report();
  assertEquals(entries.map(({ event, fields }) => [event, fields]), [
    ["clients refused", { reason: "server_full", count: 1000, address: "198.51.100.231" }],
    ["clients refused", {
      reason: "origin",
      count: 1,
      address: "192.0.2.1",
      detail: "https://evil.example",
    }],
  ]);
  assertEquals([metrics.refused.server_full, metrics.refused.origin], [1000, 1]);
  refusals.report();
  assertEquals(entries.length, 2);
});
