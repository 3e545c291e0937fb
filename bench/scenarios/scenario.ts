import {
  type HistogramSnapshot,
  LatencyHistogram,
  type LatencyPoint,
} from "../ledger/latency_histogram.ts";
import type { RunMemoryOptions } from "../ledger/run_memory.ts";
import type { Joining } from "../load/joining.ts";
import type { Measurement } from "../load/measurement.ts";
import { DEFAULTS, type LoadOptions, type Target } from "../load/options.ts";
import type { RunContext } from "../load/run_context.ts";
import { windowOf } from "../load/window_size.ts";
import { type ProfileName, PROFILES } from "../profiles/mod.ts";
import type { Figure } from "../results/comparison.ts";
import { loadHealth } from "../results/load_health.ts";
import { type SecondSample, seriesOf, type ServerScenarioResult } from "../results/result.ts";
import type { KnownServer, RunHealth } from "../results/run_health.ts";
import type { WorkerAssignment } from "./worker_assignment.ts";

/**
 * A kind of run: the work of its connections and its result.
 *
 * A scenario does not depend on workers, terminals or reports. Faults of the server are part of its
 * result; `measure` rejects only on a fault of the load tester.
 */
export interface Scenario<Options, Result> {
  /** The fields of options and result that must be the same for two runs to be compared. */
  readonly load: readonly (keyof Options & keyof Result & string)[];
  /** The figures by which runs are compared. */
  readonly figures: readonly Figure<Result>[];
  /**
   * Deals the load to threads, one assignment each.
   *
   * @throws {RangeError} if that many threads cannot share it.
   */
  readonly assign: (options: Options) => readonly WorkerAssignment<Options>[];
  /** Memory shared by the threads, one for each load that they share. */
  readonly memories?: (
    options: Options,
    assignments: readonly WorkerAssignment<Options>[],
  ) => readonly RunMemoryOptions[];
  /** Messages have a time at which they are due: threads get an alarm. */
  readonly isPaced?: (options: Options) => boolean;
  /** The server's process is watched while connections join, since that is the load. */
  readonly isJoinMeasured?: boolean;
  /** Runs in each thread: opens connections, measures and closes them. */
  readonly measure: (options: Options, context: RunContext) => Promise<Measurement>;
  /** Makes the result from the measurement of all threads. */
  readonly result: (options: Options, measurement: Measurement, known: KnownServer) => Result;
}

/** The options of every scenario that loads a server. */
export interface ServerScenarioOptions {
  /** The server to load. */
  readonly target: Target;
  /** The kind of server. */
  readonly profile: ProfileName;
  /** Timeout of a join and of a delivery. */
  readonly timeoutSeconds: number;
  /** Threads that share the connections. Default 1. */
  readonly workers?: number;
}

/** The fields of every result of messages at an even rate. */
export interface PacedResult extends ServerScenarioResult, RunHealth {
  /** The messages second by second; of `restart`, those after it. */
  readonly series?: readonly SecondSample[];
  /** The curves of the latencies, by the part of the run or the kind of latency. */
  readonly percentiles?: Readonly<Record<string, readonly LatencyPoint[]>>;
}

/** The connections of such a scenario. */
export function joiningOf(
  { target, profile, connections, timeoutSeconds }: ServerScenarioOptions & {
    readonly connections: number;
  },
): Omit<Joining, "errors"> {
  return { target, profile: PROFILES[profile], connections, timeoutSeconds };
}

/** The options of a group of connections with some that send at an even rate. */
export interface PacedOptions extends ServerScenarioOptions {
  /** Connections that join. */
  readonly connections: number;
  /** Number of connections that send, in turn. */
  readonly senders: number;
  /** Of all senders together. */
  readonly messagesPerSecond: number;
  /** Bytes of text per message. */
  readonly payloadBytes: number;
  /** How long messages are sent. */
  readonly durationSeconds: number;
}

/** The load of such a group. */
export function pacedLoad(options: PacedOptions): LoadOptions {
  const { profile, connections, timeoutSeconds, payloadBytes, durationSeconds } = options;
  return {
    ...{ ...DEFAULTS, profile, connections, timeoutSeconds, payloadBytes, durationSeconds },
    rate: options.messagesPerSecond,
  };
}

/**
 * The fields that the results of such loads share.
 *
 * @param latencies by name, for the curves.
 */
export function pacedResult(
  options: Omit<PacedOptions, "durationSeconds">,
  measurement: Measurement,
  known: KnownServer,
  latencies: Readonly<Record<string, HistogramSnapshot | undefined>>,
): PacedResult & Pick<Measurement, "errors"> {
  const { target, profile, connections, messagesPerSecond: rate, senders } = options;
  const { joined, errors, interrupted } = measurement;
  const percentiles = Object.entries(latencies).flatMap(([name, snapshot]) =>
    snapshot === undefined ? [] : [[name, LatencyHistogram.of(snapshot).curve()] as const]
  );
  return {
    ...{ target, profile, connections, joined, errors, failures: [], interrupted },
    ...loadHealth({ rate, senders }, measurement, known),
    ...{ series: seriesOf(rate, measurement), percentiles: Object.fromEntries(percentiles) },
  };
}

/** The memory of a load that threads share. */
export function memoryOptionsOf(
  load: LoadOptions,
  assignments: readonly { readonly options: { readonly senders: number } }[],
  patienceSeconds: number = load.timeoutSeconds,
): RunMemoryOptions {
  const sendersByThread = assignments.map(({ options }) => options.senders);
  const senders = sendersByThread.reduce((sum, count) => sum + count, 0);
  return {
    sendersByThread,
    window: windowOf({ ...load, timeoutSeconds: patienceSeconds }, senders),
    isPaced: load.rate !== undefined,
    isOrdered: load.order === "total",
  };
}
