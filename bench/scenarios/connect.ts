import type { ErrorCount } from "../load/error_tally.ts";
import {
  LatencyHistogram,
  type LatencyPoint,
  type LatencySummary,
} from "../ledger/latency_histogram.ts";
import type { Target } from "../load/options.ts";
import type { ProfileName } from "../profiles/mod.ts";
import type { BenchmarkObservers } from "../engine/run.ts";
import { countSourceAddresses } from "../load/source_addresses.ts";
import { type KnownServer, UNKNOWN_SERVER } from "../results/result.ts";
import type { RunHealth } from "../results/run_health.ts";
import { type ConnectStep, connectSteps } from "./connect_steps.ts";
import type { StormMeasurement } from "./storm.ts";
import { stormHealth } from "./storm_health.ts";
import { runStorm } from "./storm_thread.ts";
import { joinFailures } from "./trial.ts";

/** A storm of connections upon a chat server. */
export interface ConnectStormOptions {
  /** The server to storm. */
  readonly target: Target;
  /** How it is spoken to. */
  readonly profile: ProfileName;
  /** Connections to open, at least 1. */
  readonly connections: number;
  /** Connections opened a second. Without it, all at once. */
  readonly connectRate?: number;
  /** How long a connection may take to join. */
  readonly timeoutSeconds: number;
}

/** What was found. As JSON it is what `--json` prints. */
export interface ConnectStormResult extends RunHealth {
  /** Tells this result from those of other scenarios. */
  readonly scenario: "connect";
  /** How the server was spoken to. */
  readonly profile: string;
  /** The server that was stormed. */
  readonly target: Target;
  /** Connections that were asked for. */
  readonly connections: number;
  /** `null`: all at once. */
  readonly connectRate: number | null;
  /** Addresses of this machine that the connections came from, where one has too few ports. */
  readonly sourceAddresses: number;
  /** Until it was known of every connection whether it has joined. */
  readonly durationSeconds: number;
  /** Connections that TCP has connected. A full accept queue may connect some that nobody serves. */
  readonly connected: number;
  /** Connections on which the server has said something. */
  readonly greeted: number;
  /** Connections that the server has let in. */
  readonly joined: number;
  /** From the start of a connection until it has come so far. `null` when none has. */
  readonly connectMicroseconds: LatencySummary | null;
  /** The same, grouped by the repetitions of the SYN: those connected at once, after 1 s, ... */
  readonly steps: readonly ConnectStep[];
  /** From the start of a connection until the server said something. */
  readonly greetMicroseconds: LatencySummary | null;
  /** From the start of a connection until the server let it in. */
  readonly joinMicroseconds: LatencySummary | null;
  /** The same as a curve, from the first to the last of them. */
  readonly joinPercentiles: readonly LatencyPoint[];
  /** What went wrong, by phase and code. */
  readonly errors: readonly ErrorCount[];
  /** Why the run failed, as sentences; empty when it did not. */
  readonly failures: readonly string[];
  /** True when the run was ended early. */
  readonly interrupted: boolean;
}

/** Finds out how a server takes a crowd that comes all at once, or at a rate. */
export async function runConnect(
  options: ConnectStormOptions,
  observers: BenchmarkObservers = {},
): Promise<ConnectStormResult> {
  const { target, connections, connectRate, timeoutSeconds } = options;
  const measured = await runStorm(
    {
      ...{ target, connections, until: "joined", timeout: timeoutSeconds * 1000 },
      ...(connectRate === undefined ? undefined : { connectRate }),
    },
    options.profile,
    observers,
  );
  const server = await observers.watch?.finished() ?? null;
  const known = { server, serverLimits: observers.serverLimits ?? null };
  return connectResult(options, measured, countSourceAddresses(target.host, connections), known);
}

/** The result, from what was measured. */
export function connectResult(
  options: ConnectStormOptions,
  measured: StormMeasurement,
  sources: number,
  known: KnownServer = UNKNOWN_SERVER,
): ConnectStormResult {
  const { times, errors, durationSeconds, interrupted } = measured;
  const joinedAll = times.joined.length === options.connections;
  const { connections, target } = options;
  const joined = times.joined.length;
  const failures = interrupted ? [] : joinFailures(target, connections, joined, errors);
  return {
    scenario: "connect",
    profile: options.profile,
    target,
    connections,
    connectRate: options.connectRate ?? null,
    sourceAddresses: sources,
    durationSeconds: Math.round(durationSeconds * 1000) / 1000,
    connected: times.connected.length,
    greeted: times.greeted.length,
    joined,
    connectMicroseconds: histogramOf(times.connected).summary(),
    steps: connectSteps(times.connected),
    greetMicroseconds: histogramOf(times.greeted).summary(),
    joinMicroseconds: histogramOf(times.joined).summary(),
    joinPercentiles: histogramOf(times.joined).curve(),
    ...stormHealth(measured, options.connectRate, joinedAll, known),
    errors,
    failures,
    interrupted,
  };
}

function histogramOf(milliseconds: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const time of milliseconds) histogram.record(time * 1000);
  return histogram;
}
