import { assertEquals, assertStringIncludes } from "@std/assert";
import type { GeneratorMeasurement } from "../../../bench/load/generator_health.ts";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { reportOf } from "../../../bench/reports/report.ts";
import { UNKNOWN_SERVER } from "../../../bench/results/result.ts";
import { withHealth } from "../../../bench/results/run_health.ts";
import { stormHealth } from "../../../bench/scenarios/storm_health.ts";
import { trialHealth } from "../../../bench/scenarios/trial_health.ts";
import type { TrialTraffic } from "../../../bench/scenarios/trial_traffic.ts";
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

const PACED: TrialTraffic = {
  ...{
    rate: 200,
    senders: 4,
    messages: 2000,
    seconds: 10,
    lost: 0,
    leftInFlight: 1,
    waitSeconds: 0,
  },
  ...{ generator: IDLE_GENERATOR, slip: undefined, latency: { p50: 1000, max: 9000 } },
};

const ROUNDS: TrialTraffic = { ...PACED, rate: null, senders: 1 };

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
  ] as [string, TrialTraffic | undefined, GeneratorMeasurement, typeof UNKNOWN_SERVER, string][]
) {
  Deno.test(`scenario health: ${what}`, () => {
    const { verdict } = trialHealth(traffic && { ...traffic, generator }, known);
    assertEquals(verdict.limitedBy as string, limitedBy, verdict.reason);
  });
}

Deno.test("scenario health: a storm tells of whom it is known that they were busy", () => {
  const measured = {
    ...{ times: { connected: [1], greeted: [1], joined: [1] }, errors: [] },
    ...{ generator: IDLE_GENERATOR, durationSeconds: 1, interrupted: false },
  };
  const limit = (...[own, ...rest]: Parameters<typeof stormHealth>) =>
    stormHealth(own, ...rest).verdict.limitedBy;
  assertEquals(
    [
      limit(measured, undefined, true, UNKNOWN_SERVER),
      limit(measured, undefined, true, serverAt(95)),
      limit({ ...measured, generator: BUSY }, undefined, true, serverAt(95)),
      limit({ ...measured, generator: STOOD_STILL }, 100, true, UNKNOWN_SERVER),
      limit(measured, 100, true, serverAt(20)),
      limit(measured, 100, false, serverAt(20)),
    ],
    [null, "server", "client", "client", "rate", null],
  );
});

Deno.test("scenario health: every report has the load tester, the verdict and the server", () => {
  const report = reportOf(
    { title: "churn", tables: [], lines: ["10 came."] },
    { errors: [], failures: [], interrupted: false },
  );
  const health = trialHealth(
    { ...ROUNDS, seconds: 200, generator: STOOD_STILL, waitSeconds: 9.96 },
    serverAt(50),
  );
  const { lines, tables } = withHealth(report, health);
  assertEquals(tables.map(({ head }) => head[0]), ["Server"]);
  assertEquals(lines[1], "When sending had ended, deliveries were waited for 10.0 s.");
  assertStringIncludes(lines.join("\n"), "it stood still for 1.50 s.");
  assertStringIncludes(lines.join("\n"), "Limited by: window (one message is in flight at a time;");
  assertEquals(withHealth(report, {}), report);
});
