import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseAssertions } from "../../../bench/results/assertions.ts";
import { checkSearch, findLimit, type LimitResult } from "../../../bench/engine/find_limit.ts";
import {
  limitReport,
  renderLimitCsv,
  renderLimitStep,
} from "../../../bench/reports/limit_report.ts";
import { renderText } from "../../../bench/reports/text.ts";
import type { BenchmarkResult } from "../../../bench/results/result.ts";
import { partOf } from "../../support/part_of.ts";

/** A server that holds a rate, and takes a second for everything above. */
function search(limit: number, from = 100, to = 100_000, change: Partial<BenchmarkResult> = {}) {
  const rates: number[] = [];
  const found = findLimit({
    ...{ assertions: parseAssertions("p99<50ms,lost=0"), from, to },
    run(rate) {
      rates.push(rate);
      const p99 = rate > limit ? 1_000_000 : 2000;
      return Promise.resolve(partOf<BenchmarkResult>({
        latencyMicroseconds: { p50: p99 / 2, p99, max: p99 },
        deliveries: { lost: 0 },
        errors: [],
        messagesPerSecond: rate,
        verdict: { limitedBy: rate > limit ? "server" : "rate", reason: "" },
        failures: [],
        joined: 8,
        interrupted: false,
        ...change,
      }));
    },
  });
  return found.then((result) => ({ result, rates }));
}

Deno.test("find limit: doubles, then halves the distance", async () => {
  const { result, rates } = await search(1000);
  assertEquals(rates, [100, 200, 400, 800, 1600, 1200, 1000, 1100, 1050]);
  assertEquals([result.highestRate, result.lowestFailedRate], [1000, 1050]);
  assertEquals(result.limitedBy, "server");
  assertEquals(result.curve.map(({ rate }) => rate), rates.toSorted((a, b) => a - b));
  assertEquals(result.curve.filter(({ held }) => held).map(({ rate }) => rate), [
    ...[100, 200, 400, 800, 1000],
  ]);
});

Deno.test("find limit: what the load tester was too slow for is tried again when it is quiet", async () => {
  const told: string[] = [];
  const runs: number[] = [];
  const waits: number[] = [];
  const result = await findLimit({
    ...{ assertions: parseAssertions("p99<50ms"), from: 100, to: 400 },
    untilQuiet: () => Promise.resolve(void waits.push(runs.length)),
    onStep: ({ rate, run, held }) => told.push(`${rate} ${run} ${held}`),
    run(rate) {
      runs.push(rate);
      // Once at 200, and always at 400.
      const isSlow = (rate === 200 && told.length === 1) || rate === 400;
      const p99 = isSlow ? 1_000_000 : 2000;
      return Promise.resolve(partOf<BenchmarkResult>({
        ...{
          latencyMicroseconds: { p50: p99, p99, max: p99 },
          deliveries: { lost: 0 },
          errors: [],
        },
        verdict: { limitedBy: isSlow ? "client" : "rate", reason: "" },
        ...{ messagesPerSecond: rate, failures: [], joined: 8, interrupted: rate === 300 },
      }));
    },
  });
  assertEquals(runs, [100, 200, 200, 400, 400, 400, 300]);
  assertEquals(waits, [2, 4, 5]);
  assertEquals(told, [
    ...["100 1 true", "200 1 false", "200 2 true"],
    ...["400 1 false", "400 2 false", "400 3 false"],
  ]);
  assertEquals(result.curve.map(({ rate, run, held }) => [rate, run, held]), [
    [100, 1, true],
    [200, 2, true],
    [400, 3, false],
  ]);
  assertEquals([result.highestRate, result.limitedBy], [200, "client"]);
  assertEquals(result.isTrustworthy, false);
  assertMatch(renderLimitStep(result.curve[1]!), /^200 per second, repeated, p99 /);
});

Deno.test("find limit: a run in which the load tester itself made the latency is no limit", async () => {
  let runs = 0;
  const result = await findLimit({
    ...{ assertions: parseAssertions("p99<5ms"), from: 100, to: 400 },
    run(rate) {
      // The rate was kept, and the first run of each rate was disturbed for some milliseconds.
      const slip = runs++ % 2 === 0 ? 6000 : 100;
      const p99 = slip + 1000;
      return Promise.resolve(partOf<BenchmarkResult>({
        ...{ latencyMicroseconds: { p50: p99, p99, max: p99 }, slipMicroseconds: { p99: slip } },
        ...{ deliveries: { lost: 0 }, errors: [], verdict: { limitedBy: "rate", reason: "" } },
        ...{ messagesPerSecond: rate, failures: [], joined: 8, interrupted: false },
      }));
    },
  });
  assertEquals([result.highestRate, result.lowestFailedRate], [400, null]);
  assertEquals([runs, result.isTrustworthy], [6, true]);
});

Deno.test("find limit: wherever it is, it is found to 5 %", async () => {
  for (const limit of [100, 101, 777, 12_345, 99_999]) {
    const { result } = await search(limit);
    assert(result.highestRate! <= limit && limit < result.lowestFailedRate!, String(limit));
    assert(result.lowestFailedRate! / result.highestRate! <= 1.05, String(limit));
  }
});

Deno.test("find limit: every rate holds, or none does", async () => {
  const all = await search(Infinity, 300, 1000);
  assertEquals(all.rates, [300, 600, 1000]);
  assertEquals([all.result.highestRate, all.result.lowestFailedRate], [1000, null]);
  const none = await search(10);
  assertEquals(none.rates, [100]);
  assertEquals([none.result.highestRate, none.result.lowestFailedRate], [null, 100]);
});

Deno.test("find limit: low rates, where whole numbers are far apart", async () => {
  const { result, rates } = await search(2, 1, 10);
  assertEquals(rates, [1, 2, 4, 3]);
  assertEquals(result.highestRate, 2);
});

Deno.test("find limit: ends if no client can join or the user interrupts", async () => {
  const closed = await search(1000, 100, 1000, { joined: 0, failures: ["Cannot join."] });
  assertEquals([closed.rates.length, closed.result.joined], [1, 0]);
  assertEquals(textOf(closed.result).trimEnd().split("\n").slice(-2), [
    "At 100: Cannot join.",
    "FAILED: No tested rate met p99<50ms and lost=0.",
  ]);
  const interrupted = await search(1000, 100, 1000, { interrupted: true });
  assertEquals([interrupted.rates.length, interrupted.result.curve], [1, []]);
  assertEquals(interrupted.result.interrupted, true);
  assertEquals(textOf(interrupted.result), "Interrupted.\n", "no rate was tried");
});

Deno.test("find limit: where it may look", () => {
  checkSearch(1, 500_000);
  for (const [from, to] of [[0, 1], [2, 1], [1, 500_001], [NaN, 1]] as const) {
    assertThrows(() => checkSearch(from, to), RangeError, "Cannot search for a limit");
  }
});

function textOf(result: LimitResult): string {
  return renderText(limitReport(result, "echo @ 127.0.0.1:1"));
}

Deno.test("find limit: the report", async () => {
  const { result } = await search(150, 100, 1000);
  assertEquals([result.curve[0]!, result.curve.at(-1)!].map(renderLimitStep), [
    "100 per second, p99 2.00 ms: met.",
    "200 per second, p99 1.00 s: not met. Asserted p99<50ms: it was 1000.00 ms.",
  ]);
  const text = textOf(result);
  assertEquals(text.split("\n").slice(0, 4), [
    "┌──────┬────────┬─────────┬─────────┬─────────┬──────┬─────┬────────────┐",
    "│ Rate │ Sent/s │ 50%     │ 99%     │ Max     │ Lost │ Met │ Limited by │",
    "├──────┼────────┼─────────┼─────────┼─────────┼──────┼─────┼────────────┤",
    "│ 100  │ 100    │ 1.00 ms │ 2.00 ms │ 2.00 ms │ 0    │ yes │ rate       │",
  ]);
  assertEquals(text.trimEnd().split("\n").slice(-2), [
    "Highest rate that met p99<50ms and lost=0: 150 messages per second.",
    "At 157: Asserted p99<50ms: it was 1000.00 ms.",
  ]);
  assertEquals(
    textOf({ ...result, isTrustworthy: false }).trimEnd().split("\n").at(-1),
    "FAILED: The result is not reliable: the load tester was too slow in each run at 157 messages " +
      "per second. The server may reach a higher rate. Use a machine without other load, or more " +
      "threads (--workers).",
  );
});

Deno.test("find limit: the curve as a chart, and as comma-separated values", async () => {
  const { result } = await search(150, 100, 1000);
  const { title, tiles, charts: [chart] } = limitReport(result, "echo @ 127.0.0.1:1");
  assertEquals(title, "Limit of echo @ 127.0.0.1:1");
  const rates = result.curve.map(({ rate }) => rate);
  assertEquals(
    chart!.series[1]!.points,
    result.curve.map(({ rate, p99Microseconds }) => [rate, p99Microseconds]),
  );
  assertEquals(chart!.marks[0], [100, "100"]);
  assertEquals(tiles.map(({ value }) => value), ["150", "1.00 ms", "2.00 ms", "0"]);
  const lines = renderLimitCsv(result).split("\r\n");
  assertEquals(lines.slice(0, 2), [
    "rate,messages_per_second,p50_microseconds,p99_microseconds,max_microseconds,lost,errors,held,limited_by",
    "100,100,1000,2000,2000,0,0,true,rate",
  ]);
  assertEquals(lines.length, rates.length + 2);
});
