import { counted } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { ConnectionPool } from "../load/connection_pool.ts";
import { type ErrorTally, runFailures } from "../load/error_tally.ts";
import { histogramOf, measureJoined } from "../load/joining.ts";
import { LoadRun } from "../load/load_run.ts";
import type { Measurement } from "../load/measurement.ts";
import { ALONE, type RunContext } from "../load/run_context.ts";
import { PROFILES } from "../profiles/mod.ts";
import { figuresOf } from "../results/comparison.ts";
import { messageFailures } from "../results/failures.ts";
import {
  deliveryMetrics,
  ERRORS,
  latencyMetrics,
  type Metrics,
  number,
} from "../results/metrics.ts";
import { summaryOf } from "../results/run_health.ts";
import {
  joiningOf,
  memoryOptionsOf,
  pacedLoad,
  type PacedOptions,
  type PacedResult,
  pacedResult,
  type Scenario,
} from "./scenario.ts";
import { dealPaced } from "./worker_assignment.ts";

/** The first part of the time in which no connection comes or leaves, to compare with. */
const QUIET_PART = 0.25;

/** Options of `churn`. The `connections` are those that stay. */
export interface ChurnOptions extends PacedOptions {
  /** Connections that join per second. */
  readonly churnPerSecond: number;
  /** How long each of them stays. */
  readonly staySeconds: number;
}

/** Result of `churn`. `--json` prints it. */
export interface ChurnResult extends PacedResult {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "churn";
  /** Requested connections per second. */
  readonly churnPerSecond: number;
  /** Connections that come and leave: attempts, admitted, and failed. */
  readonly churn: { readonly tried: number; readonly joined: number; readonly failed: number };
  /** From the first SYN to the welcome; `null` if none was admitted. */
  readonly joinMicroseconds: LatencySummary | null;
  /** Deliveries among the connections that stay. */
  readonly deliveries: LedgerTotals;
  /** Their latency in the first quarter. */
  readonly quietMicroseconds: LatencySummary | null;
  /** Their latency while others came and left. */
  readonly churnMicroseconds: LatencySummary | null;
}

/** Of `churn`: the latencies are those of the connections that stay, while others come and leave. */
export const CHURN_METRICS: Metrics<ChurnResult> = {
  ...latencyMetrics("", (result) => result.churnMicroseconds),
  ...latencyMetrics("quiet.", (result) => result.quietMicroseconds),
  ...latencyMetrics("join.", (result) => result.joinMicroseconds),
  ...deliveryMetrics((result) => result.deliveries),
  joined: number((result) => result.joined),
  "churn.joined": number((result) => result.churn.joined),
  "churn.failed": number((result) => result.churn.failed),
  ...ERRORS,
};

/** Some connections chat while others join and leave. */
export const churn: Scenario<ChurnOptions, ChurnResult> = {
  load: ["profile", "connections", "churnPerSecond"],
  figures: figuresOf(CHURN_METRICS),
  assign: (options) =>
    dealPaced(options, ({ connectionShare }) => ({
      churnPerSecond: options.churnPerSecond * connectionShare,
    })),
  memories: (options, assignments) => [memoryOptionsOf(pacedLoad(options), assignments)],
  isPaced: () => true,
  measure,
  result: (options, measurement, known) => {
    const { deliveries, errors, own = {} } = measurement;
    const { tried = 0, failed = 0 } = own.counts ?? {};
    const latencies = { ...own.latencies, churn: measurement.latencies };
    return {
      ...pacedResult(options, measurement, known, latencies),
      scenario: "churn",
      churnPerSecond: options.churnPerSecond,
      churn: { tried, joined: tried - failed, failed },
      deliveries,
      joinMicroseconds: summaryOf(own.latencies?.join),
      quietMicroseconds: summaryOf(own.latencies?.quiet),
      churnMicroseconds: summaryOf(measurement.latencies),
      failures: [
        ...messageFailures(options.target, options.connections, measurement),
        ...(failed > 0 ? [`${counted(failed, "join")} of ${tried} failed.`] : []),
        ...runFailures(errors),
      ],
    };
  },
};

async function measure(options: ChurnOptions, context: RunContext): Promise<Measurement> {
  const quietSeconds = options.durationSeconds * QUIET_PART;
  const churnSeconds = options.durationSeconds - quietSeconds;
  return await measureJoined(joiningOf(options), context, async ({ members, errors }) => {
    const turnover = new ConnectionPool();
    let left: Promise<unknown> = Promise.resolve();
    const run = new LoadRun({
      groups: [{ members, senders: options.senders }],
      ...{ audience: "others", memory: context.worker?.memories?.[0] },
      phases: [
        { name: "quiet", seconds: quietSeconds },
        {
          ...{ name: "churn", seconds: churnSeconds },
          begin: () => left = joinAndLeave(turnover, churnSeconds, options, errors, context),
        },
      ],
    }, ...[errors, pacedLoad(options), context] as const);
    const traffic = await run.run();
    await left;
    const { failed, times: { joined } } = turnover;
    const latencies = {
      quiet: run.latenciesOf("quiet"),
      join: histogramOf(joined).snapshot(),
    };
    return {
      ...{ ...traffic, latencies: run.latenciesOf("churn") },
      own: { counts: { tried: joined.length + failed, failed }, latencies },
    };
  });
}

/** Opens connections for a time and waits until all have left; each stays for a while. */
async function joinAndLeave(
  pool: ConnectionPool,
  seconds: number,
  { staySeconds, churnPerSecond, timeoutSeconds, ...options }: ChurnOptions,
  errors: ErrorTally,
  { now, signal, runId, worker: { thread } = ALONE }: RunContext,
): Promise<void> {
  const end = now() + seconds * 1000;
  await pool.open({
    ...{ target: options.target, profile: PROFILES[options.profile], errors, now, signal },
    ...{ connections: Math.ceil(seconds * churnPerSecond), connectRate: churnPerSecond },
    ...{ isRun: true, timeout: timeoutSeconds * 1000 },
    nameOf: (index) => `bench-${runId}-c${thread === 0 ? "" : `${thread}-`}${index}`,
    stayMilliseconds: () => Math.min(staySeconds * 1000, end - now()),
  });
}
