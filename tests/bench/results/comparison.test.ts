import {
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { checkSameLoad, MESSAGE_LOAD, parseBaseline } from "../../../bench/results/baseline.ts";
import {
  chanceOf,
  compareRuns as compare,
  figuresOf,
  MESSAGE_FIGURES,
} from "../../../bench/results/comparison.ts";
import { median } from "../../../bench/results/distribution.ts";
import type { BenchmarkResult } from "../../../bench/results/result.ts";
import { BACKLOG_METRICS, CHURN_METRICS } from "../../../bench/mod.ts";
import { SCENARIOS } from "../../../bench/scenarios/mod.ts";
import {
  comparisonTable,
  spreadTable,
  worseSentences,
} from "../../../bench/reports/comparison_text.ts";
import {
  middleRun,
  namesOf,
  type RunSeries,
  seriesReport as reportOfSeries,
} from "../../../bench/reports/series_report.ts";
import { trafficReport } from "../../../bench/reports/traffic_report.ts";
import { PASSED } from "../sample_result.ts";

/** Runs with these rates and 99th percentiles. */
function runs(...figures: readonly (readonly [perSecond: number, p99: number])[]) {
  return figures.map(([perSecond, p99]) => ({
    ...PASSED,
    deliveries: { ...PASSED.deliveries, perSecond },
    latencyMicroseconds: { ...PASSED.latencyMicroseconds!, p99 },
  }));
}

type Runs = readonly BenchmarkResult[];

const compareRuns = (before: Runs, after: Runs) => compare(before, after, MESSAGE_FIGURES);

Deno.test("median: of odd and even numbers of values", () => {
  assertEquals([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5]);
});

Deno.test("chance: as the tables of the Mann-Whitney test have it", () => {
  assertAlmostEquals(chanceOf([1, 2, 3, 4], [5, 6, 7, 8]), 2 / 70);
  assertAlmostEquals(chanceOf([5, 6, 7, 8], [1, 2, 3, 4]), 2 / 70);
  assertAlmostEquals(chanceOf([1, 2, 3], [4, 5, 6]), 0.1);
  assertEquals(chanceOf([7, 7, 7, 7], [7, 7, 7, 7]), 1);
  assertEquals(chanceOf([1, 4], [2, 3]), 1);
});

Deno.test("chance: many runs go by the normal approximation, which agrees", () => {
  const first = Array.from({ length: 15 }, (_, index) => index * 2);
  const second = Array.from({ length: 15 }, (_, index) => index * 2 + 9);
  const chance = chanceOf(first, second);
  // Counted exactly, over all ways to deal 30 ranks: 0.01643.
  assertAlmostEquals(chance, 0.01643, 0.002);
  assertEquals(chanceOf(Array(20).fill(1), Array(20).fill(1)), 1);
});

Deno.test("comparison: better, worse, noise and too few", () => {
  const before = runs([100, 50], [101, 52], [99, 51], [102, 53]);
  const after = runs([120, 40], [121, 90], [119, 51], [122, 52.5]);
  const [rate, p50, p99] = compareRuns(before, after);
  assertEquals([rate!.verdict, p50!.verdict, p99!.verdict], ["better", "same", "same"]);
  assertAlmostEquals(rate!.ratio, 120.5 / 100.5);
  assertEquals(compareRuns(after, before)[0]!.verdict, "worse");
  const slower = before.map((run) => ({
    ...run,
    latencyMicroseconds: { ...run.latencyMicroseconds, p99: 99 },
  }));
  assertEquals(compareRuns(before, slower)[2]!.verdict, "worse");
  const worse = comparisonTable(compareRuns(after, before), ["Before", "Now"]);
  assertEquals(worse.rows[0]!.at(-1), "WORSE");
  assertEquals(worse.note, undefined);
  assertEquals(spreadTable(before, MESSAGE_FIGURES).head[0], "4 runs");
  assertEquals(worseSentences(compareRuns(before, slower)), [
    "Latency 99%: 51.5 µs before, 99.0 µs now.",
  ]);
});

Deno.test("comparison: a side with too few runs is named, and compared with the other's range", () => {
  const five = runs([100, 50], [101, 52], [99, 51], [102, 53], [103, 54]);
  const verdictsOf = (before: typeof five, after: typeof five) =>
    compareRuns(before, after).map(({ verdict }) => verdict);
  // One run before: the rate is outside the range of five on one side or the other, or inside.
  assertEquals(verdictsOf(runs([104, 50]), five), ["worse", "same", "same"]);
  assertEquals(verdictsOf(runs([98, 55]), five), ["better", "same", "better"]);
  assertEquals(verdictsOf(runs([99, 49]), five), ["same", "same", "worse"]);
  assertEquals(verdictsOf(five, runs([98, 50])), ["worse", "same", "same"]);
  assertEquals(verdictsOf(five, runs([98, 50], [99, 51], [90, 52])), ["worse", "same", "same"]);
  assertEquals(verdictsOf(runs([104, 50]), runs([1, 500])), ["unknown", "unknown", "unknown"]);
  assertEquals(verdictsOf(runs([104, 50]), five.slice(0, 3)), ["unknown", "unknown", "unknown"]);

  const noteOf = (before: typeof five, after: typeof five) =>
    comparisonTable(compareRuns(before, after), ["Before", "Now"]).note ?? "";
  assertMatch(
    noteOf(runs([104, 50]), five),
    /: Before \(1 run\)\. Run it with --repeat 4 or more\./,
  );
  assertStringIncludes(noteOf(runs([104, 50]), five), "compared with the range");
  assertMatch(noteOf(five, five.slice(0, 2)), /: Now \(2 runs\)\. Run it/);
  assertMatch(
    noteOf(five.slice(0, 3), five.slice(0, 1)),
    /: Before \(3 runs\) and Now \(1 run\)\./,
  );
  assertEquals(noteOf(five, five), "");
});

const LOAD = Object.fromEntries(MESSAGE_LOAD.map((field) => [field, PASSED[field]]));

Deno.test("baseline: accepts one run or many, and rejects anything else", () => {
  const parse = (text: string, load: Record<string, unknown> = LOAD) =>
    parseBaseline(text, load, MESSAGE_FIGURES);
  assertEquals(parse(JSON.stringify(PASSED)).runs.length, 1);
  assertEquals(parse(JSON.stringify({ runs: [PASSED, PASSED] })).runs.length, 2);
  assertThrows(() => parse("no"), RangeError, "not JSON");
  for (const text of ["{}", "[]", '{"runs":[]}', "null"]) {
    assertThrows(() => parse(text), RangeError, "no runs");
  }
  // The right name, and no run.
  const empty = '{"scenario":"broadcast"}';
  assertThrows(() => parse(empty, { scenario: "broadcast" }), RangeError, "no runs");
  assertThrows(() => parse('{"scenario":"connect"}'), RangeError, 'have scenario "connect"');
  const nothing = { ...PASSED, deliveries: { ...PASSED.deliveries, perSecond: 0 } };
  assertThrows(
    () => parse(JSON.stringify(nothing)),
    RangeError,
    "no message was received in its runs",
  );
});

Deno.test("baseline: another load cannot be compared", () => {
  checkSameLoad({ ...PASSED }, LOAD);
  assertThrows(
    () => checkSameLoad({ ...PASSED }, { ...LOAD, scenario: "echo" }),
    RangeError,
    'its runs have scenario "broadcast", but this run has "echo"',
  );
  assertThrows(() => checkSameLoad({ ...PASSED }, { ...LOAD, rate: 5 }), RangeError, "rate null");
});

Deno.test("series: the report of many runs fails where one of them does, and has the middle one", () => {
  const three = runs([100, 50], [300, 50], [110, 50]);
  const bad = three.map((run, index) => index === 1 ? { ...run, failures: ["2 lost."] } : run);
  const seriesReport = (series: Omit<RunSeries<BenchmarkResult>, "figures">) =>
    reportOfSeries({ ...series, figures: MESSAGE_FIGURES }, trafficReport);
  const series = { runs: bad, others: [], comparison: [], isAgainstBaseline: false };
  const report = seriesReport(series);
  assertEquals([report.failures, report.interrupted], [["2 lost."], false]);
  assertEquals(middleRun(bad, MESSAGE_FIGURES), bad[2]);
  assertStringIncludes(report.lines[0]!, "show run 3 of 3");
  assertEquals(report.tables[0], spreadTable(bad, MESSAGE_FIGURES));

  const slower = runs([100, 99], [101, 99], [99, 99], [102, 99]);
  const comparison = compareRuns(runs([100, 50], [101, 52], [99, 51], [102, 53]), slower);
  const against = { runs: slower, others: [], comparison, isAgainstBaseline: true };
  assertEquals(seriesReport(against).failures, worseSentences(comparison));
  const versus = { runs: slower, others: three, comparison, isAgainstBaseline: false };
  assertEquals([seriesReport(versus).failures, namesOf(versus)[0]], [[], "127.0.0.1:8080"]);
  assertEquals(seriesReport({ ...series, runs: [bad[1]!] }).lines, trafficReport(bad[1]!).lines);
});

Deno.test("comparison: every scenario has figures, which are latencies but for those of messages", () => {
  assertEquals(figuresOf(CHURN_METRICS).map(({ name }) => name), ["Latency 50%", "Latency 99%"]);
  assertEquals(figuresOf(BACKLOG_METRICS).map(({ name }) => name), ["Latency max"]);
  for (const [name, { figures, load }] of Object.entries(SCENARIOS)) {
    assertEquals(figures.length > 0 && load.length > 0, true, name);
  }
});
