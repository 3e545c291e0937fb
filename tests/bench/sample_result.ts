import type { GeneratorMeasurement } from "../../bench/load/generator_health.ts";
import { LatencyHistogram } from "../../bench/ledger/latency_histogram.ts";
import type { LedgerTotals } from "../../bench/ledger/ledger_totals.ts";
import type { BenchmarkResult, SecondSample } from "../../bench/results/result.ts";

/** A load tester that had little to do for two seconds. */
export const IDLE_GENERATOR: GeneratorMeasurement = {
  lag: new LatencyHistogram().snapshot(),
  ...{ cpuSeconds: 0.2, processCpuSeconds: 0.3, processors: 2, seconds: 2 },
};

/** The totals of a ledger with a number of deliveries, each received once and in order. */
export function cleanTotals(deliveries: number): LedgerTotals {
  return {
    ...{ expected: deliveries, received: deliveries, lost: 0, cutOff: 0, skipped: 0, corrupted: 0 },
    ...{ duplicated: 0, reordered: 0, misdelivered: 0 },
  };
}

const target = { host: "127.0.0.1", port: 8080 };

/** Latencies of a sample. */
const LATENCY = { p2_5: 100, p50: 500, p97_5: 800, p99: 850, mean: 450, stdev: 90, max: 900 };

/** Of a second of a sample. */
const COUNTS = { sent: 7, offeredPerSecond: null, lost: 1, errors: 2 };

/** What a run that went well may have found. */
export const PASSED: BenchmarkResult = {
  latencyPercentiles: [{ percent: 50, microseconds: 300 }, { percent: 100, microseconds: 900 }],
  server: null,
  serverLimits: null,
  series: [
    { second: 1, deliveriesPerSecond: 900, bytesPerSecond: 9000, ...COUNTS, p50: 300, p99: 900 },
    {
      second: 2,
      deliveriesPerSecond: 1100,
      bytesPerSecond: 11_000,
      ...COUNTS,
      p50: null,
      p99: null,
    },
  ],
  scenario: "broadcast",
  profile: "json",
  target,
  connections: 128,
  senders: 8,
  pipelining: 64,
  payloadBytes: 64,
  payloadKind: "letters",
  orderViolations: null,
  orderUnchecked: null,
  durationSeconds: 10.02,
  sendingSeconds: 10,
  messages: 96_800,
  deliveries: {
    ...cleanTotals(12_293_600),
    perSecond: 1_226_906,
  },
  bytes: { received: 1_140_000_000, perSecond: 113_772_455 },
  latencyMicroseconds: {
    p2_5: 120,
    p50: 1234,
    p97_5: 5000,
    p99: 10_004,
    mean: 1500.5,
    stdev: 800.25,
    max: 20_000,
  },
  firstLatencyMicroseconds: {
    p2_5: 100,
    p50: 1000,
    p97_5: 4000,
    p99: 9000,
    mean: 1200,
    stdev: 700,
    max: 12_000,
  },
  lastLatencyMicroseconds: {
    p2_5: 200,
    p50: 2000,
    p97_5: 6000,
    p99: 11_000,
    mean: 1900,
    stdev: 900,
    max: 20_000,
  },
  serviceMicroseconds: {
    p2_5: 50,
    p50: 900,
    p97_5: 1000,
    p99: 1100,
    mean: 800,
    stdev: 100,
    max: 2000,
  },
  longPercentiles: [{ percent: 50, microseconds: 1234 }, {
    percent: 99.9,
    microseconds: 10_500,
  }],
  generator: {
    eventLoopLagMicroseconds: {
      p2_5: 1000,
      p50: 1100,
      p97_5: 2000,
      p99: 3000,
      mean: 1200,
      stdev: 100,
      max: 4000,
    },
    cpu: 0.954,
    processCpu: 0.5,
  },
  connectMicroseconds: { ...LATENCY, max: 900 },
  joinMicroseconds: { ...LATENCY, max: 1900 },
  joinPercentiles: [{ percent: 0, microseconds: 100 }, { percent: 100, microseconds: 1900 }],
  verdict: { limitedBy: "client", reason: "its busiest thread used 95% of a CPU core" },
  workers: 1,
  connectRate: null,
  warmUpSeconds: 0,
  seed: null,
  rate: null,
  messagesPerSecond: 9661,
  unsent: 0,
  waitSeconds: 0.1,
  joinSeconds: 0.2,
  slipMicroseconds: null,
  samples: 10,
  deliveriesPerSecond: {
    p1: 1_100_000,
    p2_5: 1_100_000,
    p50: 1_226_000,
    p97_5: 1_300_000,
    mean: 1_226_906,
    stdev: 50_000,
    min: 1_100_000,
  },
  bytesPerSecond: {
    p1: 102_000_000,
    p2_5: 102_000_000,
    p50: 113_700_000,
    p97_5: 120_600_000,
    mean: 113_800_000,
    stdev: 4_640_000,
    min: 102_000_000,
  },
  connected: 128,
  greeted: 128,
  joined: 128,
  errors: [],
  failures: [],
  interrupted: false,
};

/** Whether a second has latencies. A busy machine may deliver nothing in one. */
export const hasDeliveries = ({ deliveriesPerSecond }: SecondSample) => deliveriesPerSecond > 0;
