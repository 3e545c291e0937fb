import { assertEquals, assertThrows } from "@std/assert";
import {
  assertionSyntax,
  parseAssertions,
  withAssertions,
} from "../../../bench/results/assertions.ts";
import type { Metrics } from "../../../bench/results/metrics.ts";
import {
  BACKLOG_METRICS,
  CHURN_METRICS,
  CODEC_METRICS,
  CONNECT_METRICS,
  RESTART_METRICS,
  ROOMS_METRICS,
  ROUNDS_METRICS,
  STALL_METRICS,
} from "../../../bench/mod.ts";
import { cleanTotals } from "../sample_result.ts";

const latency = (factor: number) => ({
  p50: factor,
  p99: 2 * factor,
  max: 3 * factor,
  mean: factor,
});
const totals = (lost: number) => ({ ...cleanTotals(10), received: 10 - lost, lost });

/** What is asserted of a result, and which of it does not hold. */
const CASES: Readonly<Record<string, readonly [Metrics<never>, unknown, string, string[]]>> = {
  connect: [
    CONNECT_METRICS,
    {
      ...{ connectMicroseconds: latency(1000), greetMicroseconds: null, joined: 5, errors: [] },
      joinMicroseconds: latency(5000),
    },
    "p99=10ms,connect.max=3ms,errors=0,joined>5,greet.p99<1s",
    ["joined>5: it was 5", "greet.p99<1s: nothing was measured"],
  ],
  backlog: [
    BACKLOG_METRICS,
    {
      steps: [{ toMilliseconds: 3 }, { toMilliseconds: 1020 }],
      refused: 0,
      held: null,
      errors: [],
    },
    "max<=1020ms,refused=0,held=129",
    ["held=129: nothing was measured"],
  ],
  rounds: [
    ROUNDS_METRICS,
    {
      errors: [{ count: 2 }],
      sizes: [
        { receivers: 8, roundMicroseconds: latency(7000), deliveries: totals(1) },
        { receivers: 1, roundMicroseconds: latency(1000), deliveries: totals(2) },
      ],
    },
    "p50=7ms,p99=14ms,errors=0,lost=0,received=17",
    ["errors=0: it was 2", "lost=0: it was 3"],
  ],
  codec: [
    CODEC_METRICS,
    {
      tasks: [
        { task: "text, encode", messageNanoseconds: latency(100) },
        { task: "JSON lines, decode", messageNanoseconds: latency(1500) },
        { task: "JSON, encode", messageNanoseconds: null },
      ],
    },
    "p50=1.5us,p99=3us,text.encode<0.1us,json.decode<2us,json.encode<1s",
    ["text.encode<0.1us: it was 0.10 µs", "json.encode<1s: nothing was measured"],
  ],
  churn: [
    CHURN_METRICS,
    {
      ...{ churnMicroseconds: latency(4000), quietMicroseconds: latency(1000) },
      ...{ joinMicroseconds: latency(9000), deliveries: totals(0), churn: { failed: 1 } },
    },
    "p99=8ms,quiet.p99=2ms,join.p50=9ms,lost=0,churn.failed=0",
    ["churn.failed=0: it was 1"],
  ],
  rooms: [
    ROOMS_METRICS,
    { latencyMicroseconds: latency(4000), deliveries: totals(0), messages: 7 },
    "p99=8ms,misdelivered=0,messages>7",
    ["messages>7: it was 7"],
  ],
  stall: [
    STALL_METRICS,
    {
      ...{ latencyDuringMicroseconds: latency(4000), latencyBeforeMicroseconds: latency(1000) },
      ...{ readers: totals(0), stalledDeliveries: { skipped: 3, lost: 0 }, disconnected: 0 },
    },
    "p99=8ms,before.p99=2ms,lost=0,stalled.lost=0,stalled.skipped=0,disconnected=0",
    ["stalled.skipped=0: it was 3"],
  ],
  restart: [
    RESTART_METRICS,
    {
      ...{ backMicroseconds: latency(4000), downSeconds: 1.5, allBackSeconds: null, back: 3 },
      ...{ deliveriesBefore: { cutOff: 4 }, deliveriesAfter: totals(0), attempts: 20 },
    },
    "p99=8ms,down<=1.5s,lost=0,back=3,attempts=20,cutoff=0,allback<9s",
    ["cutoff=0: it was 4", "allback<9s: nothing was measured"],
  ],
};

for (const [scenario, [metrics, fields, text, unmet]] of Object.entries(CASES)) {
  Deno.test(`metrics of ${scenario}: ${text}`, () => {
    const result = { ...(fields as Record<never, never>), failures: [] as string[] };
    const { failures } = withAssertions(result as never, parseAssertions(text, metrics)) as {
      failures: string[];
    };
    assertEquals(failures, unmet.map((each) => `Asserted ${each}.`));
  });
}

Deno.test("metrics: each scenario has its own, and lists them in errors", () => {
  assertThrows(
    () => parseAssertions("slip.p99<1ms", CONNECT_METRICS),
    RangeError,
    'Unknown metric "slip.p99"',
  );
  assertEquals(
    assertionSyntax(ROUNDS_METRICS).split("Metrics: ")[1],
    "p50 p99 mean lost cutoff skipped corrupted duplicated reordered misdelivered received joined errors.",
  );
});
