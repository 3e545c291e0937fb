import { counted } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { measureJoined } from "../load/joining.ts";
import { LoadRun } from "../load/load_run.ts";
import type { Measurement } from "../load/measurement.ts";
import type { RunContext } from "../load/run_context.ts";
import { figuresOf } from "../results/comparison.ts";
import { deliveryFailures, joinFailures } from "../results/failures.ts";
import {
  deliveryMetrics,
  ERRORS,
  latencyMetrics,
  type Metrics,
  number,
} from "../results/metrics.ts";
import { summaryOf } from "../results/run_health.ts";
import { stallSentence } from "../results/sentences.ts";
import {
  joiningOf,
  memoryOptionsOf,
  pacedLoad,
  type PacedOptions,
  type PacedResult,
  pacedResult,
  type Scenario,
} from "./scenario.ts";
import { deal, dealPaced } from "./worker_assignment.ts";

/** Options of `stall`. */
export interface StallOptions extends PacedOptions {
  /** Number of connections that stop reading: the last ones, which do not send. */
  readonly stalled: number;
  /** How long all read at first, and how long the stalled do not read then: messages are sent for twice
   * that time. */
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
export interface StallResult extends PacedResult {
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
  memories: (options, assignments) => [
    memoryOptionsOf(loadOf(options), assignments, patienceOf(options)),
  ],
  isPaced: () => true,
  measure,
  result: (options, measurement, known) => {
    const { target, connections, stalled } = options;
    const { joined, errors, messages, deliveries: readers, interrupted, own = {} } = measurement;
    const { expected = 0, received = 0, skipped = 0, cutOff = 0 } = own.counts ?? {};
    const { disconnected = 0, broken = 0 } = own.counts ?? {};
    const lost = Math.max(0, expected - received - skipped - cutOff);
    const latencies = { ...own.latencies, during: measurement.latencies };
    const failures = joined < connections
      ? (interrupted ? [] : joinFailures(target, connections, joined, errors))
      : [
        ...deliveryFailures(readers),
        ...(readers.received === 0 && !interrupted ? ["No message was delivered."] : []),
        ...(broken > 0 ? [`The connections of ${counted(broken, "reader")} closed.`] : []),
        ...(lost > 0
          ? [
            `${counted(lost, "delivery", "deliveries")} to stalled clients lost without a report.`,
          ]
          : []),
      ];
    const result = {
      ...pacedResult(options, measurement, known, latencies),
      ...{ scenario: "stall" as const, stalled, disconnected, messages, readers, failures },
      stalledDeliveries: { expected, received, skipped, cutOff, lost },
      latencyBeforeMicroseconds: summaryOf(own.latencies?.before),
      latencyDuringMicroseconds: summaryOf(measurement.latencies),
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
  return pacedLoad({ ...options, durationSeconds: 2 * options.durationSeconds });
}

/** Time after which messages expire: that of the stall is added to the timeout. */
function patienceOf({ durationSeconds, timeoutSeconds }: StallOptions): number {
  return durationSeconds + timeoutSeconds;
}

async function measure(options: StallOptions, context: RunContext): Promise<Measurement> {
  const { connections, senders, stalled, durationSeconds: seconds } = options;
  return await measureJoined(joiningOf(options), context, async ({ members, errors }) => {
    const firstSeparate = connections - stalled;
    const sleepers = members.slice(firstSeparate);
    let inFlightHalfway = 0;
    let leftInFlight = 0;
    // A message in flight to the stalled is expected: only those to the readers count.
    const inFlight = () => {
      const { expected, received, cutOff } = run.separateDeliveries().others;
      return Math.round(Math.max(expected - received - cutOff, 0) / (firstSeparate - 1));
    };
    const pause = () => {
      inFlightHalfway = inFlight();
      sleepers.forEach((member) => member.pause());
    };
    const resume = () => {
      leftInFlight = inFlight();
      sleepers.forEach((member) => member.resume());
    };
    const run = new LoadRun({
      groups: [{ members, senders }],
      ...{ audience: "others", memory: context.worker?.memories?.[0], firstSeparate },
      patienceSeconds: patienceOf(options),
      phases: [
        { name: "before", seconds },
        { name: "during", seconds, begin: pause },
        { name: "after", seconds: 0, begin: resume },
      ],
    }, ...[errors, loadOf(options), context] as const);
    const traffic = await run.run();
    const { others, separate, broken } = run.separateDeliveries();
    return {
      ...{ ...traffic, deliveries: others, latencies: run.latenciesOf("during") },
      ...{ inFlightHalfway, leftInFlight },
      own: {
        counts: { ...separate, disconnected: broken.separate, broken: broken.others },
        latencies: { before: run.latenciesOf("before") },
      },
    };
  }, true);
}
