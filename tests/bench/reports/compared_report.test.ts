import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type BenchmarkResult,
  comparedReport,
  type KeptRuns,
  MAX_COMPARED,
  renderHtml,
  renderText,
} from "../../../bench/mod.ts";
import { PASSED } from "../sample_result.ts";

const CONTEXT = {
  ...{ version: "1.0.0", time: "2026-01-01T00:00:00Z", command: "hubbub bench" },
  machine: {
    ...{ os: "linux", osRelease: "6", arch: "x86_64", cpu: "A", cores: 2, memoryBytes: 1e9 },
    ...{ runtime: "Deno 2", v8: "15" },
  },
};

function kept(label: string, changes: Partial<BenchmarkResult> = {}): KeptRuns {
  return { label, output: { ...CONTEXT, ...PASSED, ...changes } };
}

const perSecond = (value: number) => ({ deliveries: { ...PASSED.deliveries, perSecond: value } });

Deno.test("compared runs: a row each with the figures that matter most", () => {
  const { tables: [figures] } = comparedReport([
    kept("old"),
    kept("new", { ...perSecond(2_000_000), failures: ["1 delivery lost."] }),
    kept("ended", { interrupted: true }),
  ]);
  assertEquals(figures!.head, [
    ...["Run", "Deliveries/s", "Latency, p50", "Latency, p99", "Lost", "Verdict", "Limited by"],
  ]);
  assertEquals(figures!.rows, [
    ["old", "1.23M", "1.23 ms", "10.0 ms", "0", "passed", "client"],
    ["new", "2.00M", "1.23 ms", "10.0 ms", "0", "FAILED", "client"],
    ["ended", "1.23M", "1.23 ms", "10.0 ms", "0", "interrupted", "client"],
  ]);
});

Deno.test("compared runs: the lines of all are in one chart, a colour for each run", () => {
  const { charts } = comparedReport([kept("old"), kept("new", { series: [] })]);
  const [percentiles, latency] = charts;
  assertEquals(percentiles!.series.map(({ name, color }) => [name, color]), [["old", 0], [
    "new",
    1,
  ]]);
  assertEquals(
    latency!.series.map(({ name, color, dash }) => [name, color, dash]),
    [["old, 50%", 0, 0], ["old, 99%", 0, 1], ["new, 50%", 1, 0], ["new, 99%", 1, 1]],
  );
  const page = renderHtml(comparedReport([kept("<old>"), kept("new")]), {
    ...{ command: "hubbub bench report", date: new Date(0), machine: [] },
  });
  assertStringIncludes(page, "&lt;old&gt;");
  assert(!page.includes("Verdict</dt>"), "each run has its own");
  assert(page.indexOf('<th scope="row">new</th>') < page.indexOf("<figure>"), "figures come first");
});

Deno.test("compared runs: what differs between loads and machines, and no verdict then", () => {
  const other = { ...kept("new", { connections: 64 }).output, version: "1.1.0" };
  const report = comparedReport([kept("old"), { label: "new", output: other }]);
  const differs = report.tables.find(({ head }) => head[0] === "Difference")!;
  assertEquals(differs.rows, [["version", "1.0.0", "1.1.0"], ["connections", "128", "64"]]);
  assertEquals(report.tables.length, 2, "runs of different loads are not compared");
});

Deno.test("compared runs: those of one load are compared with the first, also by another version", () => {
  const runs = (label: string, ...rates: number[]): KeptRuns => ({
    label,
    output: { ...CONTEXT, runs: rates.map((rate) => ({ ...PASSED, ...perSecond(rate) })) },
  });
  const after = runs("after", 210, 220, 230, 240);
  const report = comparedReport([
    runs("before", 110, 120, 130, 140),
    { ...after, output: { ...after.output, version: "2.0.0" } },
    kept("one"),
  ]);
  const compared = report.tables.filter(({ head }) => head[0] === "Medians");
  assertEquals(compared.map(({ head }) => head[2]), ["after", "one"]);
  assertEquals(compared[0]!.rows[0], ["Deliveries/s", "125", "225", "1.80", "0.029", "better"]);
  assertEquals(report.lines, [
    "before: run 2 of 4 is shown, the middle one.",
    "after: run 2 of 4 is shown, the middle one.",
  ]);
});

Deno.test("compared runs: the two sides of --versus are two runs", () => {
  const other = { ...PASSED, target: { host: "::1", port: 9 } };
  const { tables: [figures] } = comparedReport([
    { label: "versus", output: { ...CONTEXT, runs: [PASSED], others: [other] } },
  ]);
  assertEquals(figures!.rows.map(([label]) => label), ["versus 127.0.0.1:8080", "versus [::1]:9"]);
});

Deno.test("compared runs: other scenarios, searches among runs, and too many are refused", () => {
  const refused = (...runs: KeptRuns[]) =>
    (assertThrows(() => comparedReport(runs), RangeError) as RangeError).message;
  assertEquals(
    refused(kept("a"), kept("b", { scenario: "echo" })),
    "a has runs of broadcast, and b has runs of echo: give runs of one scenario",
  );
  assertStringIncludes(
    refused(...Array.from({ length: MAX_COMPARED + 1 }, (_, index) => kept(`${index}`))),
    "give fewer files",
  );
});

Deno.test("compared runs: the failures of each are named, and the text has the tables of the page", () => {
  const report = comparedReport([kept("a"), kept("b", { failures: ["2 deliveries lost."] })]);
  const text = renderText(report);
  assertStringIncludes(text, "b failed: 2 deliveries lost.");
  assertStringIncludes(text, "too few runs");
  assert(!text.includes("FAILED: "), "the report itself has not failed");
});
