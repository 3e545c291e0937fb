import type { LatencyPoint, LatencySummary } from "../ledger/latency_histogram.ts";
import { GeneratorHealth } from "../load/generator_health.ts";
import { histogramOf, measureJoined } from "../load/joining.ts";
import type { Measurement } from "../load/measurement.ts";
import type { RunContext } from "../load/run_context.ts";
import { countSourceAddresses } from "../load/source_addresses.ts";
import { PROFILES } from "../profiles/mod.ts";
import type { Profile } from "../profiles/profile.ts";
import { figuresOf } from "../results/comparison.ts";
import { type ConnectStep, connectSteps } from "../results/connect_steps.ts";
import { joinFailures } from "../results/failures.ts";
import { joinHealth } from "../results/load_health.ts";
import { ERRORS, latencyMetrics, type Metrics, number } from "../results/metrics.ts";
import type { ServerScenarioResult } from "../results/result.ts";
import type { RunHealth } from "../results/run_health.ts";
import type { Scenario, ServerScenarioOptions } from "./scenario.ts";
import { deal } from "./worker_assignment.ts";

/** Options of `connect`. */
export interface ConnectLoadOptions extends ServerScenarioOptions {
  /** Connections to open, at least 1. */
  readonly connections: number;
  /** Connections opened per second. Without it, all at once. */
  readonly connectRate?: number;
}

/** Result of `connect`. `--json` prints it. */
export interface ConnectResult extends Omit<ServerScenarioResult, "profile">, RunHealth {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "connect";
  /** The kind of server. */
  readonly profile: string;
  /** `null`: all at once. */
  readonly connectRate: number | null;
  /** Number of local addresses that the connections came from: several if one has too few ports. */
  readonly sourceAddresses: number;
  /** Time until every connection had joined or failed. */
  readonly durationSeconds: number;
  /** Connections that TCP has connected. A full accept queue may connect some that are never served. */
  readonly connected: number;
  /** Connections on which the server has sent something. */
  readonly greeted: number;
  /** From the start of a connection until TCP had connected it; `null` without any. */
  readonly connectMicroseconds: LatencySummary | null;
  /** The same, grouped by the repetitions of the SYN: those connected at once, after 1 s, ... */
  readonly steps: readonly ConnectStep[];
  /** From the start of a connection until the server sent something. */
  readonly greetMicroseconds: LatencySummary | null;
  /** From the start of a connection until the server admitted it. */
  readonly joinMicroseconds: LatencySummary | null;
  /** The same as a curve, from the first to the last of them. */
  readonly joinPercentiles: readonly LatencyPoint[];
}

/** Of `connect`: the latencies are those of joining, unless another stage is named. */
export const CONNECT_METRICS: Metrics<ConnectResult> = {
  ...latencyMetrics("", (result) => result.joinMicroseconds),
  ...latencyMetrics("connect.", (result) => result.connectMicroseconds),
  ...latencyMetrics("greet.", (result) => result.greetMicroseconds),
  connected: number((result) => result.connected),
  greeted: number((result) => result.greeted),
  joined: number((result) => result.joined),
  ...ERRORS,
};

/** Measures connections that are opened all at once, or at a rate. */
export const connect: Scenario<ConnectLoadOptions, ConnectResult> = {
  load: ["profile", "connections", "connectRate"],
  figures: figuresOf(CONNECT_METRICS),
  assign: (options) =>
    deal(options, (portion) => ({
      ...options,
      connections: portion.connections,
      ...options.connectRate === undefined
        ? undefined
        : { connectRate: options.connectRate * portion.connectionShare },
    })),
  isJoinMeasured: true,
  measure: (options, context) =>
    openAll({ ...options, profile: PROFILES[options.profile] }, context),
  result: (options, measurement, known) => {
    const { target, connections, profile, connectRate } = options;
    const { connected, greeted, joined, errors, interrupted, own } = measurement;
    const times = own?.times ?? {};
    const joins = histogramOf(times.joined ?? []);
    return {
      ...{ scenario: "connect", profile, target, connections, connectRate: connectRate ?? null },
      sourceAddresses: countSourceAddresses(target.host, connections),
      durationSeconds: Math.round(measurement.joinSeconds * 1000) / 1000,
      ...{ connected, greeted, joined },
      connectMicroseconds: histogramOf(times.connected ?? []).summary(),
      steps: connectSteps(times.connected ?? []),
      greetMicroseconds: histogramOf(times.greeted ?? []).summary(),
      ...{ joinMicroseconds: joins.summary(), joinPercentiles: joins.curve() },
      ...joinHealth(connectRate, joined === connections, measurement, known),
      errors,
      failures: interrupted ? [] : joinFailures(target, connections, joined, errors),
      interrupted,
    };
  },
};

/** The connections that a thread opens. */
export interface Opening extends Omit<ConnectLoadOptions, "profile"> {
  readonly profile: Profile;
  /** The stage that ends the wait for a connection. Default `joined`. */
  readonly until?: "connected" | "joined";
}

/**
 * Opens connections, all at once or at a rate, and measures when each reaches its stages. Joined ones
 * stay until the end.
 */
export async function openAll(
  { target, profile, connections, connectRate, timeoutSeconds, until }: Opening,
  context: RunContext,
): Promise<Measurement> {
  const health = new GeneratorHealth(context.now);
  return await measureJoined(
    {
      ...{ target, profile, connections, timeoutSeconds, connectRate, isRun: true },
      ...until === undefined ? undefined : { until },
    },
    context,
    ({ pool }) => {
      health.stop();
      return Promise.resolve({ generator: health.measured(), own: { times: pool.times } });
    },
  );
}
