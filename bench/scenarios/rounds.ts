import { counted } from "../format.ts";
import { type LedgerTotals, sumOfTotals } from "../ledger/ledger_totals.ts";
import { ErrorTally } from "../load/error_tally.ts";
import { join, type Joined, sumOfJoins } from "../load/joining.ts";
import { LoadRun } from "../load/load_run.ts";
import { type Measurement, sumOfTraffic, type TrafficMeasurement } from "../load/measurement.ts";
import { DEFAULTS } from "../load/options.ts";
import { ALONE, type RunContext } from "../load/run_context.ts";
import { RoundLoop } from "../load/round_loop.ts";
import type { Timing } from "../load/timing.ts";
import { PROFILES } from "../profiles/mod.ts";
import { figuresOf } from "../results/comparison.ts";
import { deliveryFailures, joinFailures } from "../results/failures.ts";
import { loadHealth } from "../results/load_health.ts";
import { deliveryMetrics, ERRORS, type Metrics, number, time } from "../results/metrics.ts";
import type { ServerScenarioResult } from "../results/result.ts";
import type { RunHealth } from "../results/run_health.ts";
import { memoryOptionsOf, type Scenario, type ServerScenarioOptions } from "./scenario.ts";
import { deal, part } from "./worker_assignment.ts";

/** Options of `rounds`. */
export interface RoundsOptions extends ServerScenarioOptions {
  /** Numbers of receivers besides the sender; one task each. */
  readonly sizes: readonly number[];
  /** How long each task is measured. */
  readonly secondsPerSize: number;
  /** Bytes of text per message. */
  readonly payloadBytes: number;
}

/** The measurement with one number of receivers. */
export interface SizeResult {
  /** Number of receivers besides the sender. */
  readonly receivers: number;
  /** Microseconds per round, measured by tinybench; `null` without a complete round. */
  readonly roundMicroseconds: Timing | null;
  /** Deliveries at the receivers. */
  readonly deliveries: LedgerTotals;
}

/** Result of `rounds`. `--json` prints it. */
export interface RoundsResult extends ServerScenarioResult, RunHealth {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "rounds";
  /** One entry per measured size. */
  readonly sizes: readonly SizeResult[];
}

/** Of `rounds`: a round is the time until the last receiver has a message, of the largest size. */
export const ROUNDS_METRICS: Metrics<RoundsResult> = {
  p50: time((result) => largest(result)?.p50),
  p99: time((result) => largest(result)?.p99),
  mean: time((result) => largest(result)?.mean),
  ...deliveryMetrics(({ sizes }) => sumOfTotals(sizes.map(({ deliveries }) => deliveries))),
  joined: number((result) => result.joined),
  ...ERRORS,
};

function largest({ sizes }: RoundsResult) {
  return sizes.toSorted((one, other) => one.receivers - other.receivers).at(-1)?.roundMicroseconds;
}

/**
 * Measures the time until the last receiver has a message, by the number of receivers.
 *
 * An iteration of tinybench is one whole round; the next begins when it has ended, so there is never
 * more than one message under way. The sender is in the first thread.
 */
export const rounds: Scenario<RoundsOptions, RoundsResult> = {
  load: ["profile"],
  figures: figuresOf(ROUNDS_METRICS),
  assign(options) {
    const { workers = 1, sizes } = options;
    const connections = Math.min(...sizes) + 1;
    if (workers > connections) {
      throw new RangeError(
        `Cannot use ${workers} workers for rounds of ${connections} connections: each needs one`,
      );
    }
    return deal({ workers, connections: Math.max(...sizes) + 1, senders: 1 }, () => options);
  },
  memories: (options, assignments) =>
    options.sizes.map((size) =>
      memoryOptionsOf(
        loadOf(options, size + 1),
        assignments.map((_, thread) => ({ options: { senders: thread === 0 ? 1 : 0 } })),
      )
    ),
  measure,
  result: (options, measurement, known) => {
    const { target, profile } = options;
    const { joined, errors, interrupted, own = {} } = measurement;
    const { connections = 0 } = own.counts ?? {};
    const sizes = options.sizes.flatMap((receivers) => {
      const deliveries = own.deliveries?.[receivers];
      const roundMicroseconds = own.timings?.[receivers] ?? null;
      return deliveries === undefined ? [] : [{ receivers, roundMicroseconds, deliveries }];
    });
    const faults = sizes.flatMap(({ receivers, deliveries }) => [
      ...deliveryFailures(deliveries).map((fault) => `${nameOf(receivers)}: ${fault}`),
      ...own.failures?.filter((failure) => failure.startsWith(`${nameOf(receivers)}: `)) ?? [],
    ]);
    return {
      ...{ scenario: "rounds", profile, target, connections, joined, sizes, errors },
      ...loadHealth({ rate: null, senders: 1, isOneAtATime: true }, measurement, known),
      failures: interrupted
        ? []
        : [...joinFailures(target, connections, joined, errors), ...faults],
      interrupted,
    };
  },
};

function loadOf({ profile, timeoutSeconds, payloadBytes }: RoundsOptions, connections: number) {
  return {
    ...{ ...DEFAULTS, profile, timeoutSeconds, payloadBytes, connections },
    durationSeconds: Infinity,
  };
}

async function measure(options: RoundsOptions, context: RunContext): Promise<Measurement> {
  const { sizes, target, profile, timeoutSeconds, workers = 1 } = options;
  const { signal, now, worker = ALONE } = context;
  const errors = new ErrorTally();
  const start = now();
  const found: Joined[] = [];
  const deliveries: Record<string, LedgerTotals> = {};
  const timings: Record<string, Timing | null> = {};
  const failures: string[] = [];
  const traffic: TrafficMeasurement[] = [];
  let connections = 0;
  for (const [index, receivers] of sizes.entries()) {
    if (!await worker.meet(!signal.aborted)) break;
    const own = part(receivers + 1, workers, worker.thread);
    // All sizes are one run, which has joined when its first one has.
    const inRun: RunContext = {
      ...context,
      onProgress: (progress) =>
        context.onProgress({
          ...progress,
          ...index > 0 || progress.stage !== "joining" ? { stage: "running" } : undefined,
          fraction: index / sizes.length,
          elapsedSeconds: progress.elapsedSeconds === 0 && index === 0 ? 0 : (now() - start) / 1000,
        }),
    };
    const joined = await join({
      ...{ target, profile: PROFILES[profile], timeoutSeconds, errors, connections: own },
      ...{ label: `${receivers}-`, totalConnections: receivers + 1 },
    }, inRun);
    found.push(joined);
    connections += own;
    const { members, pool } = joined;
    if (!await worker.meet(members.length === own)) {
      await pool.close();
      // A server that refuses a few connections refuses more.
      break;
    }
    let loop: RoundLoop | undefined;
    const run = new LoadRun(
      {
        groups: [{ members, senders: worker.thread === 0 ? 1 : 0 }],
        ...{ audience: "others", memory: worker.memories?.[index] },
        loop: (sending) => loop = new RoundLoop(sending, options, signal),
        onBreak: (_, { text }) => {
          if (loop === undefined) {
            failures.push(`${nameOf(receivers)}: a connection closed: ${text}.`);
          } else loop.fail(text);
        },
      },
      ...[errors, loadOf(options, own), inRun] as const,
    );
    const measured = await run.run();
    await loop?.finished;
    traffic.push(measured);
    deliveries[receivers] = measured.deliveries;
    if (loop !== undefined) {
      timings[receivers] = loop.timing;
      if (loop.failure !== undefined) failures.push(`${nameOf(receivers)}: ${loop.failure}.`);
    }
    await pool.close();
  }
  return {
    ...{ ...sumOfJoins(found.map(({ joining }) => joining)), ...sumOfTraffic(traffic) },
    ...{ leftInFlight: 0, silentSeconds: 0, errors: errors.list(), interrupted: signal.aborted },
    own: { counts: { connections }, deliveries, timings, failures },
  };
}

/** Starts each failure of one number of receivers. */
function nameOf(receivers: number): string {
  return counted(receivers, "receiver");
}
