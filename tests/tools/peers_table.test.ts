import { assertEquals } from "@std/assert";
import type { BenchmarkResult } from "../../bench/mod.ts";
import { PASSED } from "../bench/sample_result.ts";
import { peersTable } from "../../tools/peers_table.ts";

function run(
  perSecond: number,
  limitedBy: BenchmarkResult["verdict"]["limitedBy"],
  lost = 0,
): BenchmarkResult {
  return {
    ...PASSED,
    deliveries: { ...PASSED.deliveries, perSecond, lost },
    verdict: { limitedBy, reason: "" },
  };
}

Deno.test("peers table: medians, ranges, ratios of rounds, and what limited each row", () => {
  const table = peersTable([
    { name: "first", runs: [run(1000, "server"), run(500, "server"), run(2000, "server")] },
    { name: "other", runs: [run(500, "client"), run(250, "server", 3), run(3000, "client")] },
    { name: "missing", runs: [] },
  ]);
  const cells = table.trimEnd().split("\n")
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(cells[0], [
    ...["server", "deliveries/s", "range", "ratio", "p50", "p99", "lost", "limited by"],
  ]);
  assertEquals(cells.slice(2).map(([name, rate, range, ratio]) => [name, rate, range, ratio]), [
    ["first", "1,000", "500 to 2,000", "1.00"],
    // Half of the first one in the rounds that were slow for both, too.
    ["other", "500", "250 to 3,000", "0.50"],
  ]);
  assertEquals(cells.slice(2).map((row) => row.slice(-2)), [
    ["0", "server"],
    ["3", "client 2x, server 1x"],
  ]);
});
