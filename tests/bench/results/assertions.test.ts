import { assertEquals, assertThrows } from "@std/assert";
import { parseAssertions, withAssertions } from "../../../bench/results/assertions.ts";
import type { BenchmarkResult } from "../../../bench/results/result.ts";
import { cleanTotals } from "../sample_result.ts";
import { partOf } from "../../support/part_of.ts";

const latency = { p2_5: 1, p50: 2000, p97_5: 3000, p99: 4000, mean: 2100.5, stdev: 1, max: 5000 };
const RESULT = partOf<BenchmarkResult>({
  latencyMicroseconds: latency,
  lastLatencyMicroseconds: { ...latency, p99: 4500 },
  longPercentiles: [{ percent: 90, microseconds: 2900 }, {
    percent: 99.9,
    microseconds: 4900,
  }],
  slipMicroseconds: null,
  deliveries: { ...cleanTotals(102), received: 100, lost: 2 },
  errors: [{ count: 3 }, { count: 4 }],
  messagesPerSecond: 50,
  failures: ["2 deliveries lost."],
});

const CASES: readonly (readonly [text: string, failures: string[]])[] = [
  ["p99<50ms", []],
  ["p99<4ms", ["Asserted p99<4ms: it was 4.00 ms."]],
  ["p99<=4ms", []],
  ["p99 <= 0.004s, p50=2000us", []],
  ["p999<4900µs", ["Asserted p999<4900µs: it was 4.90 ms."]],
  ["p90>2.8ms,max>=5ms,mean<3ms,last.p99<4.6ms", []],
  ["lost=0,errors<7,received>=100", ["Asserted lost=0: it was 2.", "Asserted errors<7: it was 7."]],
  ["rate>50", ["Asserted rate>50: it was 50."]],
  ["slip.p99<10ms", ["Asserted slip.p99<10ms: nothing was measured."]],
];

for (const [text, failures] of CASES) {
  Deno.test(`assertions: ${text}`, () => {
    const result = withAssertions(RESULT, parseAssertions(text));
    assertEquals(result.failures, ["2 deliveries lost.", ...failures]);
  });
}

Deno.test("assertions: nothing to measure fulfils none", () => {
  const result = withAssertions(
    { ...RESULT, latencyMicroseconds: null, longPercentiles: null },
    parseAssertions("p99<50ms,p999>0s"),
  );
  assertEquals(result.failures.length, 3);
});

const REFUSED: readonly (readonly [text: string, reason: string])[] = [
  ["", 'Invalid assertion ""'],
  ["p99", 'Invalid assertion "p99"'],
  ["p99<-5ms", "Invalid assertion"],
  ["p99<5ms,", 'Invalid assertion ""'],
  ["p98<5ms", 'Unknown metric "p98"'],
  ["toString<5", 'Unknown metric "toString"'],
  ["p99<5", "a time needs one of the units us, ms, s"],
  ["p99<5min", "a time needs one of the units us, ms, s"],
  ["p99<5constructor", "a time needs one of the units"],
  ["lost=0ms", "lost has no unit"],
];

for (const [text, reason] of REFUSED) {
  Deno.test(`assertions: refuses "${text}"`, () => {
    assertThrows(() => parseAssertions(text), RangeError, reason);
  });
}

Deno.test("assertions: what cannot hold any more, however the run goes on", () => {
  const faults = {
    ...{ errors: 3, corrupted: 0, duplicated: 1, reordered: 0, misdelivered: 0 },
    max: 50_000,
  };
  const isOut = (text: string) => parseAssertions(text)[0]!.isOutOfReach(faults);
  const out = ["errors=0", "errors<3", "errors<=2", "duplicated=0", "max<50ms", "max<=49ms"];
  assertEquals(out.map(isOut), out.map(() => true));
  // Late ones may still come, percentiles may get better, and what grows may reach a lower bound.
  const open = [
    ...["errors=3", "errors<4", "errors<=3", "corrupted=0", "max<51ms", "max<=50ms"],
    ...["lost=0", "p99<1ms", "errors>5", "errors>=3", "errors=9", "received>0", "mean<1us"],
  ];
  assertEquals(open.map(isOut), open.map(() => false));
});

Deno.test("assertions: the order of all messages", () => {
  const failureOf = (text: string, orderViolations: number | null, orderUnchecked = 0) =>
    parseAssertions(text)[0]!.failureOf(
      { ...RESULT, orderViolations, orderUnchecked } as BenchmarkResult,
    );
  assertEquals(parseAssertions("order = total")[0]!.metric, "order");
  assertEquals(failureOf("order=total", 0), undefined);
  assertEquals(
    failureOf("order=total", 1),
    "order=total: 1 delivery arrived in another order than at other receivers",
  );
  assertEquals(
    failureOf("order=total", 0, 2),
    "order=total: 2 deliveries could not be checked",
  );
  assertEquals(failureOf("order=total", null), "order=total: nothing was measured");
});
