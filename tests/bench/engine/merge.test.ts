import { sumOfFaults } from "../../../bench/load/progress.ts";
import { assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { Ledger } from "../../../bench/ledger/ledger.ts";
import { mergeMeasurements, mergeProgress } from "../../../bench/engine/merge.ts";
import type { Measurement } from "../../../bench/load/measurement.ts";
import { fullOptions } from "../../../bench/load/options.ts";
import type { BenchmarkProgress } from "../../../bench/load/progress.ts";
import { seededRandom } from "../../../bench/ledger/random.ts";
import { resultOf } from "../../../bench/results/result.ts";
import { assignmentsOf } from "../../../bench/scenarios/worker_assignment.ts";

const target = { host: "127.0.0.1", port: 1 };

/** One delivery: to which of 8 connections, in what order it comes, and how long it took. */
interface Event {
  readonly connection: number;
  readonly sequence: number;
  readonly latency: number;
}

/** Deliveries with faults: some never come, some come twice, some late. */
function events(): Event[] {
  const random = seededRandom(1);
  const list: Event[] = [];
  for (let sequence = 0; sequence < 1000; sequence++) {
    for (let connection = 0; connection < 8; connection++) {
      if (random() < 0.01) continue;
      const event = { connection, sequence, latency: Math.floor(random() ** 8 * 1e7) };
      const place = random() < 0.02 ? Math.max(list.length - 20, 0) : list.length;
      list.splice(place, 0, event);
      if (random() < 0.01) list.push(event);
    }
  }
  return list;
}

/** What the thread measures that has the connections from `first` up to `end`. */
function measured(list: readonly Event[], first: number, end: number): Measurement {
  const ledger = new Ledger(end - first, end - first, "self");
  const histogram = new LatencyHistogram();
  for (let connection = first; connection < end; connection++) {
    for (let sequence = 0; sequence < 1000; sequence++) ledger.send(connection - first);
  }
  for (const { connection, sequence, latency } of list) {
    if (connection < first || connection >= end) continue;
    ledger.record(connection - first, connection - first, sequence);
    histogram.record(latency);
  }
  const count = end - first;
  const latencies = histogram.snapshot();
  return {
    ...{ connected: count, greeted: count - 1, joined: count },
    ...{
      durationSeconds: 2,
      sendingSeconds: 2,
      sendingThreads: 1,
      desertedThreads: 0,
      orphaned: 0,
      messages: ledger.messages,
      bytes: 65 * ledger.totals().received,
    },
    ...{ deliveries: ledger.totals(), latencies },
    ...{ connectTimes: latencies, joinTimes: latencies },
    ...{ firstLatencies: latencies, lastLatencies: latencies, serviceTimes: latencies },
    ...{ slip: latencies, unsent: count, inFlightHalfway: count, leftInFlight: 2 * count },
    silentSeconds: count,
    waitSeconds: 0.1,
    joinSeconds: 0.2,
    generator: { lag: latencies, cpuSeconds: 1, processCpuSeconds: 2, processors: 2, seconds: 2 },
    samples: [
      {
        ...{ end: 1, deliveries: 10 * count, bytes: count, latencies: null },
        ...{ messages: count, missing: count, errors: 0 },
      },
      {
        ...{ end: 2, deliveries: 20 * count, bytes: count, latencies: null },
        ...{ messages: 2 * count, missing: 0, errors: count },
      },
    ],
    errors: [{ phase: "run", code: "closed", count, firstSecond: 1, text: "closed" }],
    interrupted: false,
  };
}

Deno.test("merge: several threads add up to what one of them would have measured", () => {
  const list = events();
  const options = fullOptions({ target, scenario: "echo", connections: 8 });
  const one = resultOf(options, { ...measured(list, 0, 8), greeted: 5 });
  const three = mergeMeasurements(
    [measured(list, 0, 3), measured(list, 3, 6), measured(list, 6, 8)],
    [],
  );
  assertEquals(resultOf(options, three), one);
  const { lost, duplicated, reordered } = one.deliveries;
  assertEquals([lost, duplicated, reordered].every((count) => count > 0), true);
});

Deno.test("merge: the busiest thread, the longest time, the first of the errors", () => {
  const [a, b] = [measured([], 0, 1), measured([], 1, 2)];
  const merged = mergeMeasurements([
    { ...a, durationSeconds: 3, slip: undefined },
    {
      ...b,
      ...{ slip: undefined, interrupted: true },
      generator: { ...b.generator, cpuSeconds: 1.9 },
      errors: [
        { phase: "run", code: "closed", count: 4, firstSecond: 0, text: "closed" },
        { phase: "run", code: "EPIPE", count: 1, firstSecond: 2, text: "pipe" },
      ],
      samples: [{
        ...{ end: 1, deliveries: 5, bytes: 6, latencies: null },
        ...{ messages: 7, missing: 0, errors: 1 },
      }],
    },
  ], [{ p50: 3, p99: 4 }, { p50: 5, p99: 6 }]);
  assertEquals([merged.durationSeconds, merged.interrupted, merged.slip], [3, true, undefined]);
  assertEquals(merged.generator.cpuSeconds, 1.9);
  assertEquals(merged.errors.map(({ code, count, firstSecond }) => [code, count, firstSecond]), [
    ["closed", 5, 0],
    ["EPIPE", 1, 2],
  ]);
  assertEquals(
    merged.samples.map(({ deliveries, latencies }) => ({ deliveries, latencies })),
    [{ deliveries: 15, latencies: { p50: 3, p99: 4 } }],
    "as far as all have sampled",
  );
});

Deno.test("merge: progress is that of the slowest thread", () => {
  const step: BenchmarkProgress = {
    ...{ stage: "running", fraction: 0.5, elapsedSeconds: 5, joined: 2, connections: 2 },
    ...{ messages: 10, deliveries: 9, deliveriesPerSecond: 3 },
  };
  const parts = [step, { ...step, stage: "joining", fraction: 0.9, messages: 0 } as const];
  const merged = mergeProgress(parts, { p50: 1, p99: 7 });
  assertEquals([merged.stage, merged.fraction, merged.messages, merged.joined], [
    ...["joining", 0.9, 10, 4],
  ]);
  assertEquals([merged.p99Microseconds, mergeProgress(parts, null).p99Microseconds], [
    7,
    undefined,
  ]);
});

Deno.test("assignments: a thread without senders has nothing to send", () => {
  const assignments = assignmentsOf(fullOptions({
    ...{
      target,
      connections: 10,
      senders: 2,
      workers: 3,
      amount: 7,
      rate: { from: 0, to: 10, seconds: 9 },
    },
  }));
  assertEquals(assignments.map((assignment) => assignment.options.connections), [4, 3, 3]);
  assertEquals(assignments.map((assignment) => assignment.options.senders), [1, 1, 0]);
  assertEquals(assignments.map((assignment) => assignment.options.amount), [4, 3, 0]);
  assertEquals(
    assignments.map((assignment) => (assignment.options.rate as { to: number }).to),
    [5, 5, 0],
  );
});

Deno.test("assignments: nothing is lost or doubled by dealing", () => {
  const options = fullOptions({
    ...{ target, scenario: "echo", connections: 10, workers: 3, amount: 100, rate: 1000 },
  });
  const assignments = assignmentsOf(options);
  assertEquals(assignments.map((assignment) => assignment.options.connections), [4, 3, 3]);
  assertEquals(assignments.map((assignment) => assignment.options.senders), [4, 3, 3]);
  assertEquals(assignments.map((assignment) => assignment.options.amount), [40, 30, 30]);
  assertEquals(assignments.map((assignment) => assignment.firstConnection), [0, 4, 7]);
  assertEquals(assignments.map((assignment) => assignment.delaySeconds), [0, 0.001, 0.002]);
  assertEquals(assignments.map((assignment) => assignment.firstSender), [0, 4, 7]);
  assertEquals(assignments.map((assignment) => assignment.options.rate), [400, 300, 300]);
});

Deno.test("merge: what went wrong in several threads, as far as they know", () => {
  const faults = { errors: 1, corrupted: 2, duplicated: 3, reordered: 4, misdelivered: 5, max: 6 };
  assertEquals(sumOfFaults([undefined, faults, { ...faults, max: 2 }]), {
    ...{ errors: 2, corrupted: 4, duplicated: 6, reordered: 8, misdelivered: 10, max: 6 },
  });
  assertEquals(sumOfFaults([undefined, undefined]), undefined);
});
