import { assertEquals, assertStringIncludes } from "@std/assert";
import type { GeneratorMeasurement } from "../../../bench/load/generator_health.ts";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { reportOf } from "../../../bench/reports/report.ts";
import { joinMeasurement } from "../../../bench/load/joining.ts";
import { noTraffic } from "../../../bench/load/measurement.ts";
import { joinHealth, loadHealth } from "../../../bench/results/load_health.ts";
import { withHealth } from "../../../bench/reports/health.ts";
import { type KnownServer, UNKNOWN_SERVER } from "../../../bench/results/run_health.ts";
import { cleanTotals } from "../sample_result.ts";
import { IDLE_GENERATOR } from "../sample_result.ts";

const BUSY: GeneratorMeasurement = { ...IDLE_GENERATOR, cpuSeconds: 1.9 };

const STOOD_STILL: GeneratorMeasurement = { ...IDLE_GENERATOR, seconds: 200, lag: lagOf(1.5) };

/** Some seconds of lag once. */
function lagOf(seconds: number) {
  const lag = new LatencyHistogram();
  for (let count = 0; count < 10_000; count++) lag.record(1000);
  lag.record(seconds * 1_000_000);
  return lag.snapshot();
}

/** A server whose busiest thread was on a processor for a part of the time. */
function serverAt(percent: number) {
  const rest = { residentBytes: null, descriptors: null, acceptQueue: null };
  return {
    serverLimits: null,
    server: [
      { second: 0, cpuPercent: null, busiestThreadPercent: null, ...rest },
      { second: 1, cpuPercent: percent, busiestThreadPercent: percent, ...rest },
    ],
  };
}

/** What is measured of messages. */
interface SampleTraffic {
  readonly rate: number | null;
  readonly senders: number;
  readonly messages: number;
  readonly seconds: number;
  readonly lost: number;
  readonly leftInFlight: number;
  readonly waitSeconds: number;
  readonly generator: GeneratorMeasurement;
  /** Microseconds. */
  readonly latency: { readonly p50: number; readonly max: number };
}

/** The health of a run with such traffic; of one without any. */
function healthOf(traffic: SampleTraffic | undefined, known: KnownServer) {
  const nothing = {
    ...joinMeasurement(undefined, 1),
    ...noTraffic(),
    errors: [],
    interrupted: false,
  };
  if (traffic === undefined) return loadHealth({ rate: 200, senders: 4 }, nothing, known);
  const { rate, senders, messages, seconds, lost, leftInFlight, waitSeconds, generator } = traffic;
  const { p50, max } = traffic.latency;
  const latencies = new LatencyHistogram();
  latencies.record(p50, 10);
  latencies.record(max);
  return loadHealth({ rate, senders, isOneAtATime: rate === null }, {
    ...{ ...nothing, joined: 4, sendingThreads: 1, sendingSeconds: seconds, generator },
    ...{ messages, leftInFlight, waitSeconds, latencies: latencies.snapshot() },
    // By Little's law so much is under way at any time where a server keeps up.
    inFlightHalfway: rate === null ? 0 : rate * p50 / 1_000_000,
    deliveries: { ...cleanTotals(3 * messages), received: 3 * messages - lost, lost },
  }, known);
}

const PACED: SampleTraffic = {
  ...{
    rate: 200,
    senders: 4,
    messages: 2000,
    seconds: 10,
    lost: 0,
    leftInFlight: 1,
    waitSeconds: 0,
  },
  ...{ generator: IDLE_GENERATOR, latency: { p50: 1000, max: 9000 } },
};

const ROUNDS: SampleTraffic = { ...PACED, rate: null, senders: 1 };

const LIMITED = { server: null, serverLimits: { perSecond: 20, burst: 40 } };

for (
  const [what, traffic, generator, known, limitedBy] of [
    ["all keeps up", PACED, IDLE_GENERATOR, UNKNOWN_SERVER, "rate"],
    ["a load tester that is busy", PACED, BUSY, UNKNOWN_SERVER, "client"],
    ["a load tester that stood still", PACED, STOOD_STILL, UNKNOWN_SERVER, "client"],
    [
      "a server that stood still",
      { ...PACED, latency: { p50: 1000, max: 1_600_000 } },
      ...[IDLE_GENERATOR, UNKNOWN_SERVER, "server"],
    ],
    ["a long way", { ...PACED, leftInFlight: 60, latency: { p50: 300_000, max: 310_000 } }, ...[
      ...[IDLE_GENERATOR, UNKNOWN_SERVER, "rate"],
    ]],
    ["a server that falls behind", { ...PACED, leftInFlight: 900 }, ...[
      ...[IDLE_GENERATOR, UNKNOWN_SERVER, "server"],
    ]],
    ["a server that loses", { ...PACED, lost: 1 }, IDLE_GENERATOR, UNKNOWN_SERVER, "server"],
    ["a server that limits its clients", { ...PACED, leftInFlight: 900 }, ...[
      ...[IDLE_GENERATOR, LIMITED, "throttle"],
    ]],
    ["a limit that is not reached", { ...PACED, rate: 79 }, IDLE_GENERATOR, LIMITED, "rate"],
    ["one message at a time", ROUNDS, IDLE_GENERATOR, serverAt(50), "window"],
    ["one message at a time at a busy server", ROUNDS, IDLE_GENERATOR, serverAt(95), "server"],
    [
      "one message at a time at a server that limits its clients",
      { ...ROUNDS, messages: 240 },
      ...[IDLE_GENERATOR, LIMITED, "throttle"],
    ],
    ["no message", undefined, IDLE_GENERATOR, UNKNOWN_SERVER, null],
  ] as [string, SampleTraffic | undefined, GeneratorMeasurement, typeof UNKNOWN_SERVER, string][]
) {
  Deno.test(`scenario health: ${what}`, () => {
    const { verdict } = healthOf(traffic && { ...traffic, generator }, known);
    assertEquals(verdict.limitedBy as string, limitedBy, verdict.reason);
  });
}

Deno.test("scenario health: opened connections are limited by the process that is known to be busy", () => {
  const limit = (
    generator: GeneratorMeasurement,
    connectRate: number | undefined,
    isComplete: boolean,
    known: KnownServer,
  ) => joinHealth(connectRate, isComplete, { generator }, known).verdict.limitedBy;
  assertEquals(
    [
      limit(IDLE_GENERATOR, undefined, true, UNKNOWN_SERVER),
      limit(IDLE_GENERATOR, undefined, true, serverAt(95)),
      limit(BUSY, undefined, true, serverAt(95)),
      limit(STOOD_STILL, 100, true, UNKNOWN_SERVER),
      limit(IDLE_GENERATOR, 100, true, serverAt(20)),
      limit(IDLE_GENERATOR, 100, false, serverAt(20)),
    ],
    [null, "server", "client", "client", "rate", null],
  );
});

Deno.test("scenario health: every report has the load tester, the verdict and the server", () => {
  const report = reportOf(
    { title: "churn", tables: [], lines: ["10 came."] },
    { errors: [], failures: [], interrupted: false },
  );
  const health = healthOf(
    { ...ROUNDS, seconds: 200, generator: STOOD_STILL, waitSeconds: 9.96 },
    serverAt(50),
  );
  const { lines, tables } = withHealth(report, health);
  assertEquals(tables.map(({ head }) => head[0]), ["Server"]);
  assertEquals(
    lines[1],
    "After sending ended, the load tester waited 10.0 s for missing deliveries.",
  );
  assertStringIncludes(lines.join("\n"), "maximum 1.50 s,");
  assertStringIncludes(lines.join("\n"), "Limited by: window (one message is in flight at a time;");
  assertEquals(withHealth(report, {}), report);
});
