import { counted, duration } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { ErrorTally } from "../load/error_tally.ts";
import { join } from "../load/joining.ts";
import { LoadRun } from "../load/load_run.ts";
import { type Measurement, noTraffic } from "../load/measurement.ts";
import { ALONE, type RunContext } from "../load/run_context.ts";
import { PROFILES } from "../profiles/mod.ts";
import { figuresOf } from "../results/comparison.ts";
import { deliveryFailures, joinFailures } from "../results/failures.ts";
import { loadHealth } from "../results/load_health.ts";
import {
  deliveryMetrics,
  ERRORS,
  latencyMetrics,
  type Metrics,
  number,
} from "../results/metrics.ts";
import { type RunHealth, summaryOf } from "../results/run_health.ts";
import {
  memoryOptionsOf,
  pacedLoad,
  type PacedOptions,
  type Scenario,
  type ServerScenarioResult,
} from "./scenario.ts";
import { deal, dealPaced } from "./worker_assignment.ts";

/** Options of `stall`. */
export interface StallOptions extends PacedOptions {
  /** Number of connections that stop reading: the last ones, which do not send. */
  readonly stalled: number;
  /** How long all read at first, and how long the stalled do not read then. */
  readonly durationSeconds: number;
}

/** Deliveries to the stalled connections: the other four add up to `expected`. */
export interface StalledDeliveries {
  /** Messages that were sent to them while they were connected. */
  readonly expected: number;
  /** Came in, before or after. */
  readonly received: number;
  /** Reported by the server as skipped. */
  readonly skipped: number;
  /** Had not come in when a connection closed. */
  readonly cutOff: number;
  /** Never came, without a report. */
  readonly lost: number;
}

/** Result of `stall`. `--json` prints it. */
export interface StallResult extends ServerScenarioResult, RunHealth {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "stall";
  /** Connections that stopped reading. */
  readonly stalled: number;
  /** Stalled connections that the server has closed. */
  readonly disconnected: number;
  /** Messages sent. */
  readonly messages: number;
  /** Deliveries to those that read all the time. */
  readonly readers: LedgerTotals;
  /** Deliveries to the others. */
  readonly stalledDeliveries: StalledDeliveries;
  /** Latency of the readers while all read; `null` without deliveries. */
  readonly latencyBeforeMicroseconds: LatencySummary | null;
  /** Latency of the readers while some did not read. */
  readonly latencyDuringMicroseconds: LatencySummary | null;
  /** A summary in a sentence; empty without a measurement. */
  readonly sentence: string;
}

/** Of `stall`: latencies and deliveries are those of the readers while some do not read. */
export const STALL_METRICS: Metrics<StallResult> = {
  ...latencyMetrics("", (result) => result.latencyDuringMicroseconds),
  ...latencyMetrics("before.", (result) => result.latencyBeforeMicroseconds),
  ...deliveryMetrics((result) => result.readers),
  "stalled.skipped": number((result) => result.stalledDeliveries.skipped),
  "stalled.lost": number((result) => result.stalledDeliveries.lost),
  disconnected: number((result) => result.disconnected),
  messages: number((result) => result.messages),
  joined: number((result) => result.joined),
  ...ERRORS,
};

/**
 * Measures the effect of readers that stop reading, on the others and on themselves.
 *
 * 1. All read, and a few send at an even rate.
 * 2. The stalled stop reading for the same time; the others continue.
 * 3. They read again, sending ends, and missing deliveries are awaited.
 */
export const stall: Scenario<StallOptions, StallResult> = {
  load: ["profile", "connections", "stalled"],
  figures: figuresOf(STALL_METRICS),
  assign: (options) => {
    const stalled = stalledByThread(options);
    return dealPaced(options, ({ index }) => ({ stalled: stalled[index]! }));
  },
  memories: (options, assignments) => {
    const senders = assignments.map(({ options }) => options.senders);
    return [memoryOptionsOf(loadOf(options), senders, patienceOf(options))];
  },
  isPaced: () => true,
  measure,
  result: (options, measurement, known) => {
    const { target, connections, profile, stalled, messagesPerSecond, senders } = options;
    const { joined, errors, messages, deliveries: readers, interrupted, own = {} } = measurement;
    const { expected = 0, received = 0, skipped = 0, cutOff = 0 } = own.counts ?? {};
    const { disconnected = 0, broken = 0 } = own.counts ?? {};
    const lost = Math.max(0, expected - received - skipped - cutOff);
    const failures = joined < connections
      ? (interrupted ? [] : joinFailures(target, connections, joined, errors))
      : [
        ...deliveryFailures(readers),
        ...(readers.received === 0 && !interrupted ? ["Nothing was delivered."] : []),
        ...(broken > disconnected
          ? [`The connections of ${counted(broken - disconnected, "reader")} broke.`]
          : []),
        ...(lost > 0
          ? [`${counted(lost, "delivery", "deliveries")} to the stalled were lost without a word.`]
          : []),
      ];
    const result = {
      ...{ scenario: "stall", target, profile, joined, connections, stalled } as const,
      ...{ disconnected, messages, readers },
      stalledDeliveries: { expected, received, skipped, cutOff, lost },
      latencyBeforeMicroseconds: summaryOf(own.latencies?.before),
      latencyDuringMicroseconds: summaryOf(measurement.latencies),
      ...loadHealth({ rate: messagesPerSecond, senders }, measurement, known),
      ...{ errors, failures, interrupted },
    };
    return { ...result, sentence: stallSentence(result) };
  },
};

/** Number of stalled connections in each thread, as even as the senders allow. */
function stalledByThread({ workers = 1, ...options }: StallOptions): number[] {
  const room = deal({ workers, ...options }, ({ connections, senders }) => connections - senders)
    .map(({ options }) => options);
  const stalled = room.map(() => 0);
  for (let count = 0; count < options.stalled; count++) {
    const free = room.map((connections, thread) => connections - stalled[thread]!);
    stalled[free.lastIndexOf(Math.max(...free))]!++;
  }
  return stalled;
}

function loadOf(options: StallOptions) {
  return pacedLoad(options, 2 * options.durationSeconds);
}

/** Time after which messages expire: that of the stall is added to the timeout. */
function patienceOf({ durationSeconds, timeoutSeconds }: StallOptions): number {
  return durationSeconds + timeoutSeconds;
}

async function measure(options: StallOptions, context: RunContext): Promise<Measurement> {
  const { target, profile, connections, stalled, durationSeconds, timeoutSeconds } = options;
  const { worker = ALONE, signal } = context;
  const errors = new ErrorTally();
  const { members, pool, joining } = await join(
    { target, profile: PROFILES[profile], connections, timeoutSeconds, errors },
    context,
  );
  if (!await worker.meet(members.length === connections && !signal.aborted)) {
    await pool.close();
    return {
      ...{ ...joining, ...noTraffic(), errors: errors.list(), interrupted: signal.aborted },
    };
  }
  const firstStalled = connections - stalled;
  const sleepers = members.slice(firstStalled);
  const skipped = new Map<number, number>();
  const broken = new Set<number>();
  const run = new LoadRun({
    groups: [{ members, senders: options.senders }],
    ...{ audience: "others", memory: worker.memories?.[0], measuredMembers: firstStalled },
    patienceSeconds: patienceOf(options),
    phases: [
      { name: "before", seconds: durationSeconds },
      {
        name: "during",
        seconds: durationSeconds,
        begin: () => sleepers.forEach((member) => member.pause()),
      },
      { name: "after", seconds: 0, begin: () => sleepers.forEach((member) => member.resume()) },
    ],
    onSkipped: (member, count) => skipped.set(member, (skipped.get(member) ?? 0) + count),
    onBreak: (member) => broken.add(member),
  }, ...[errors, loadOf(options), context] as const);
  await run.run();
  const traffic = run.measured();
  await pool.close();
  const accounts = sleepers.map((_, index) => {
    const receiver = firstStalled + index;
    return {
      ...run.ledger.accountOf(receiver),
      received: run.receivedBy(receiver),
      skipped: skipped.get(receiver) ?? 0,
      isBroken: broken.has(receiver),
    };
  });
  const sum = (of: (account: typeof accounts[number]) => number) =>
    accounts.reduce((sum, account) => sum + of(account), 0);
  const stalledCounts = {
    expected: sum(({ expected }) => expected),
    received: sum(({ received }) => received),
    skipped: sum(({ skipped }) => skipped),
  };
  const readers = readersOf(traffic.deliveries, {
    ...stalledCounts,
    cutOff: sum(({ cutOff }) => cutOff),
    skipped: [...skipped].reduce(
      (sum, [member, count]) => member < firstStalled ? sum + count : sum,
      0,
    ),
  });
  return {
    ...{ ...joining, ...traffic, deliveries: readers, latencies: run.latenciesOf("during") },
    // Messages in flight to the stalled are expected.
    ...{ leftInFlight: 0, errors: errors.list(), interrupted: signal.aborted },
    own: {
      counts: {
        ...stalledCounts,
        // Missing deliveries of a broken connection that were not reported as skipped are cut off.
        cutOff: sum(({ isBroken, expected, received, skipped, cutOff }) =>
          isBroken ? expected - received - skipped : cutOff
        ),
        disconnected: [...broken].filter((member) => member >= firstStalled).length,
        broken: broken.size,
      },
      latencies: { before: run.latenciesOf("before") },
    },
  };
}

/**
 * The totals of the readers.
 *
 * @param all totals of all members.
 * @param stalled totals of the stalled; but `skipped` is that of the readers.
 */
function readersOf(
  all: LedgerTotals,
  stalled: Pick<LedgerTotals, "expected" | "received" | "cutOff" | "skipped">,
): LedgerTotals {
  const expected = all.expected - stalled.expected;
  const received = all.received - stalled.received;
  const cutOff = all.cutOff - stalled.cutOff;
  const missing = Math.max(expected - received - cutOff - all.corrupted, 0);
  const skipped = Math.min(stalled.skipped, missing);
  return { ...all, expected, received, cutOff, skipped, lost: missing - skipped };
}

/** A stall in one sentence. */
export function stallSentence(
  { stalled, disconnected, readers, stalledDeliveries, ...result }: Omit<StallResult, "sentence">,
): string {
  const before = result.latencyBeforeMicroseconds;
  const during = result.latencyDuringMicroseconds;
  if (before === null || during === null) return "";
  const { received, skipped, cutOff, lost } = stalledDeliveries;
  const fates = [
    `received ${received}`,
    `had ${skipped} reported as skipped`,
    ...(cutOff > 0 ? [`were cut off from ${cutOff} (${disconnected} disconnected)`] : []),
    `lost ${lost}`,
  ];
  return `While ${stalled} did not read, the others lost ${readers.lost} and their p99 went from ` +
    `${duration(before.p99)} to ${duration(during.p99)}; of ${
      counted(stalledDeliveries.expected, "delivery", "deliveries")
    } the ` +
    `stalled ${fates.join(", ")}.`;
}
