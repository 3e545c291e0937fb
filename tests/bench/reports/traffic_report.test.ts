import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fullOptions } from "../../../bench/load/options.ts";
import { type BenchmarkProgress, renderProgress } from "../../../bench/load/progress.ts";
import { renderHeader, renderReport } from "../../../bench/reports/traffic_report.ts";
import type { BenchmarkResult } from "../../../bench/results/result.ts";
import { PASSED } from "../sample_result.ts";

const { target } = PASSED;

const NOTHING: BenchmarkResult = {
  ...PASSED,
  durationSeconds: 0,
  messages: 0,
  deliveries: { ...PASSED.deliveries, expected: 0, received: 0, perSecond: 0 },
  bytes: { received: 0, perSecond: 0 },
  latencyMicroseconds: null,
  longPercentiles: null,
  firstLatencyMicroseconds: null,
  lastLatencyMicroseconds: null,
  serviceMicroseconds: null,
  messagesPerSecond: 0,
  samples: 0,
  deliveriesPerSecond: null,
  bytesPerSecond: null,
  connected: 128,
  greeted: 3,
  joined: 0,
  errors: [
    { phase: "login", code: "timeout", count: 125, firstSecond: 10, text: "no welcome in time" },
    { phase: "login", code: "server_full", count: 3, firstSecond: 0, text: "x".repeat(70) },
  ],
  failures: ["Cannot join the chat at 127.0.0.1:8080: timeout, no welcome in time."],
};

Deno.test("text report: a run that passed", () => {
  assertEquals(
    renderReport(PASSED),
    `\
┌────────────────┬────────┬─────────┬─────────┬─────────┬─────────┬─────────┐
│ Stat           │ 2.5%   │ 50%     │ 97.5%   │ 99%     │ Mean    │ Max     │
├────────────────┼────────┼─────────┼─────────┼─────────┼─────────┼─────────┤
│ Latency        │ 120 µs │ 1.23 ms │ 5.00 ms │ 10.0 ms │ 1.50 ms │ 20.0 ms │
├────────────────┼────────┼─────────┼─────────┼─────────┼─────────┼─────────┤
│ First receiver │ 100 µs │ 1.00 ms │ 4.00 ms │ 9.00 ms │ 1.20 ms │ 12.0 ms │
├────────────────┼────────┼─────────┼─────────┼─────────┼─────────┼─────────┤
│ Last receiver  │ 200 µs │ 2.00 ms │ 6.00 ms │ 11.0 ms │ 1.90 ms │ 20.0 ms │
└────────────────┴────────┴─────────┴─────────┴─────────┴─────────┴─────────┘

┌──────────────┬───────────┬───────────┬───────────┬───────────┬───────────┐
│ Stat         │ 1%        │ 50%       │ 97.5%     │ Mean      │ Min       │
├──────────────┼───────────┼───────────┼───────────┼───────────┼───────────┤
│ Deliveries/s │ 1,100,000 │ 1,226,000 │ 1,300,000 │ 1,226,906 │ 1,100,000 │
├──────────────┼───────────┼───────────┼───────────┼───────────┼───────────┤
│ Bytes/s      │ 102 MB    │ 114 MB    │ 121 MB    │ 114 MB    │ 102 MB    │
└──────────────┴───────────┴───────────┴───────────┴───────────┴───────────┘

Sampled once per second, 10 samples.

12,293,600 deliveries of 96,800 messages in 10.02 s, 1.14 GB received.
Load tester: event loop delay p99 3.00 ms, CPU of the busiest thread 95%.
Limited by: client (its busiest thread used 95% of a CPU core).
No delivery was lost, corrupted, duplicated or reordered.
`,
  );
});

Deno.test("text report: columns are left out where there is no room for them, and no others", () => {
  const heads = (columns: number) =>
    renderReport(PASSED, { columns }).split("\n").filter((line) => line.startsWith("│ Stat"))
      .map((line) => line.split("│").slice(2, -1).map((cell) => cell.trim()));
  assertEquals(heads(120), [
    ["2.5%", "50%", "97.5%", "99%", "Mean", "Stdev", "Max"],
    ["1%", "2.5%", "50%", "97.5%", "Mean", "Stdev", "Min"],
  ]);
  assertEquals(heads(50), [["50%", "99%", "Max"], ["50%", "Min"]]);
  for (const columns of [120, 80, 60, 50]) {
    for (const line of renderReport(PASSED, { columns }).split("\n")) {
      if (/^[│┌├└]/.test(line)) assert(line.length <= columns, `${columns}: ${line}`);
    }
  }
});

Deno.test("text report: one of each is one", () => {
  const one = {
    ...PASSED,
    ...{ scenario: "echo", messages: 1, samples: 1 } as const,
    deliveries: { ...PASSED.deliveries, received: 1 },
  };
  const text = renderReport(one);
  assertStringIncludes(text, "\n1 reply of 1 message in 10.02 s");
  assertStringIncludes(text, "once per second, 1 sample.");
});

Deno.test("text report: a run that never began", () => {
  assertEquals(
    renderReport(NOTHING),
    `\
┌────────┬─────────────┬───────┬────────────┬──────────────────────────────────┐
│ Errors │ Code        │ Count │ First seen │ Meaning                          │
├────────┼─────────────┼───────┼────────────┼──────────────────────────────────┤
│ login  │ timeout     │ 125   │ second 10  │ no welcome in time               │
├────────┼─────────────┼───────┼────────────┼──────────────────────────────────┤
│ login  │ server_full │ 3     │ second 0   │ ${"x".repeat(32)} │
│        │             │       │            │ ${"x".repeat(32)} │
│        │             │       │            │ xxxxxx                           │
└────────┴─────────────┴───────┴────────────┴──────────────────────────────────┘

0 deliveries of 0 messages in 0.00 s, 0 B received.
128 connections: 128 connected, 3 greeted, 0 joined.
FAILED: Cannot join the chat at 127.0.0.1:8080: timeout, no welcome in time.
`,
  );
});

Deno.test("text report: what went wrong stands in place of the good news", () => {
  const text = renderReport({
    ...PASSED,
    deliveries: { ...PASSED.deliveries, lost: 3 },
    failures: ["3 deliveries lost."],
    interrupted: true,
  });
  assertEquals(text.split("\n").slice(-6), [
    "12,293,600 deliveries of 96,800 messages in 10.02 s, 1.14 GB received.",
    "Interrupted.",
    "Load tester: event loop delay p99 3.00 ms, CPU of the busiest thread 95%.",
    "Limited by: client (its busiest thread used 95% of a CPU core).",
    "FAILED: 3 deliveries lost.",
    "",
  ]);
});

Deno.test("text report: an open loop shows the service time, two connections no first and last", () => {
  const names = (result: BenchmarkResult) =>
    [...renderReport(result).matchAll(/^│ ([A-Z]\w*(?: \w+)?) +│ +[\d.]+ [µm]s/gm)].map((m) =>
      m[1]
    );
  assertEquals(names({ ...PASSED, rate: 1000 }), [
    ...["Latency", "First receiver", "Last receiver", "Service time"],
  ]);
  assertEquals(names({ ...PASSED, joined: 2 }), ["Latency"]);
});

Deno.test("text report: each latency has the unit that fits it", () => {
  const latencyMicroseconds = {
    ...PASSED.latencyMicroseconds!,
    p2_5: 8.2,
    p50: 85,
    max: 1_500_000,
  };
  const text = renderReport({ ...PASSED, latencyMicroseconds });
  assertStringIncludes(text, "│ Latency        │ 8.20 µs │ 85.0 µs │");
  assertStringIncludes(text, "│ 1.50 s ");
});

Deno.test("text report: many percentiles where they are asked for", () => {
  assertStringIncludes(
    renderReport(PASSED, { percentiles: true }),
    `
│ Percentile │ Latency (ms) │
├────────────┼──────────────┤
│ 50%        │ 1.234        │
├────────────┼──────────────┤
│ 99.9%      │ 10.500       │
`,
  );
  assertEquals(renderReport(NOTHING, { percentiles: true }).includes("Percentile"), false);
});

Deno.test("text report: escape codes only where they are asked for", () => {
  assertEquals(renderReport(NOTHING).includes("\x1b"), false);
  const coloured = renderReport(NOTHING, { colours: true });
  assertStringIncludes(coloured, "\x1b[36mErrors\x1b[39m");
  assertStringIncludes(coloured, "\x1b[1mFAILED: \x1b[22m");
});

Deno.test("text report: the header describes the run", () => {
  assertEquals(
    renderHeader(fullOptions({ target, pipelining: 64 })),
    "Running 10s broadcast @ 127.0.0.1:8080\n" +
      "128 connections, 8 senders, 64 messages in flight per sender, 64-byte payloads, profile json\n",
  );
  assertEquals(
    renderHeader(fullOptions({ target, rate: 1000 })),
    "Running 10s broadcast @ 127.0.0.1:8080\n" +
      "128 connections, 8 senders, 1,000 messages per second in total, 64-byte payloads, " +
      "profile json\n",
  );
  assertEquals(
    renderHeader(fullOptions({
      target: { host: "::1", port: 1 },
      amount: 5000,
      senders: 1,
      profile: "text",
    })),
    "Running 5,000 messages broadcast @ [::1]:1\n" +
      "128 connections, 1 sender, 1 message in flight per sender, 64-byte payloads, profile text\n",
  );
});

Deno.test("progress: a line a second", () => {
  const step: BenchmarkProgress = {
    stage: "running",
    fraction: 0.451,
    elapsedSeconds: 4.51,
    joined: 128,
    connections: 128,
    messages: 96_800,
    deliveries: 12_300_000,
    deliveriesPerSecond: 2_730_000,
    p99Microseconds: 4100,
  };
  assertEquals(
    renderProgress(step),
    "running [=========           ]  45% | 4s | 12.3M deliveries, 2.73M/s",
  );
  assertEquals(
    renderProgress({ ...step, stage: "joining", fraction: 0.5, joined: 64, elapsedSeconds: 1 }),
    "joining [==========          ]  50% | 1s | 64 of 128 joined",
  );
  assertEquals(
    renderProgress({ ...step, stage: "draining", fraction: 1.2 }),
    "draining [====================] 100% | 4s | 12.3M deliveries, 2.73M/s",
  );
});

Deno.test("text report: reports a wait at the end of a run, and the deliveries that were cut off", () => {
  const text = renderReport({
    ...PASSED,
    ...{ joinSeconds: 3.04, waitSeconds: 10.02 },
    deliveries: { ...PASSED.deliveries, cutOff: 3 },
  });
  assertStringIncludes(text, "\nJoining took 3.0 s.\n");
  assertStringIncludes(
    text,
    "\nAfter sending ended, the load tester waited 10.0 s for missing deliveries.\n",
  );
  assertStringIncludes(text, "\n3 deliveries cut off by closed connections.\n");
  assert(!/waited|Joining|cut off/.test(renderReport(PASSED)));
});
