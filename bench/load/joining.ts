import type { Profile } from "../profiles/profile.ts";
import { type HistogramSnapshot, LatencyHistogram } from "../ledger/latency_histogram.ts";
import type { Connection, ConnectionStage } from "./connection.ts";
import { ConnectionPool, type ConnectionPoolOptions } from "./connection_pool.ts";
import { ErrorTally } from "./error_tally.ts";
import { type JoinMeasurement, type Measurement, noTraffic } from "./measurement.ts";
import type { Target } from "./options.ts";
import { ALONE, type RunContext } from "./run_context.ts";
import { sourcesOf } from "./source_addresses.ts";

/** How often progress is reported, in milliseconds. */
const TICK = 1000;

/** Connections to open. */
export interface Joining extends Pick<ConnectionPoolOptions, "connectRate" | "until" | "isRun"> {
  readonly target: Target;
  readonly profile: Profile;
  readonly connections: number;
  /** Maximum time for a connection to join. */
  readonly timeoutSeconds: number;
  readonly errors: ErrorTally;
  /** Distinguishes their names from those of other groups of the run. Default: none. */
  readonly label?: string;
  /** Connections of other groups of this thread that were opened before or are at the same time.
   * Default: 0. */
  readonly connectionsBefore?: number;
  /** Connections of all groups and threads that are open at the same time. Default: those of the
   * worker context. */
  readonly totalConnections?: number;
}

/** A group of joined connections. */
export interface Joined {
  /** Connections that have joined and were still open then. */
  readonly members: Connection[];
  readonly pool: ConnectionPool;
  readonly joining: JoinMeasurement;
}

/**
 * Opens connections and reports the progress. Those that do not join in time are errors, and the run
 * continues without them.
 */
export async function join(
  { target, connections, label = "", connectionsBefore = 0, errors, ...joining }: Joining,
  { now, signal, runId, worker = ALONE, onProgress }: RunContext,
): Promise<Joined> {
  const pool = new ConnectionPool();
  const start = now();
  const { until = "joined" } = joining;
  const { totalConnections = worker.totalConnections ?? connections } = joining;
  const report = (elapsed: number) => {
    const joined = pool.times[until].length;
    onProgress({
      ...{ stage: "joining", fraction: joined / connections, elapsedSeconds: elapsed / 1000 },
      ...{ joined, connections, messages: 0, deliveries: 0, deliveriesPerSecond: 0 },
    });
  };
  report(0);
  const timer = setInterval(() => report(now() - start), TICK);
  const first = worker.firstConnection + connectionsBefore;
  try {
    const members = await pool.open({
      ...joining,
      ...{ target, connections, errors, now, signal, timeout: joining.timeoutSeconds * 1000 },
      sourceOf: sourcesOf(target.host, totalConnections, runId, first),
      nameOf: (index) => `bench-${runId}-${label}${worker.firstConnection + index}`,
    });
    return { members, pool, joining: joinMeasurement(pool.times, (now() - start) / 1000) };
  } finally {
    clearInterval(timer);
  }
}

/** A group whose errors are counted. */
export interface JoinedGroup extends Joined {
  readonly errors: ErrorTally;
}

/**
 * Opens connections, measures on those that have joined, and closes all.
 *
 * @param measure returns its part of the measurement. Default of each field: nothing was sent.
 * @param needsAll measure only if all connections of all threads have joined. Default false.
 */
export async function measureJoined(
  joining: Omit<Joining, "errors">,
  context: RunContext,
  measure: (group: JoinedGroup) => Promise<Partial<Measurement>>,
  needsAll = false,
): Promise<Measurement> {
  const { worker = ALONE, signal } = context;
  const errors = new ErrorTally();
  const group = await join({ ...joining, errors }, context);
  const isComplete = group.members.length === joining.connections && !signal.aborted;
  const measured = !needsAll || await worker.meet(isComplete)
    ? await measure({ ...group, errors })
    : {};
  await group.pool.close();
  return {
    ...{ ...group.joining, ...noTraffic(), errors: errors.list() },
    ...{ interrupted: signal.aborted, ...measured },
  };
}

/** @param times in milliseconds, by stage. Default: no connections. */
export function joinMeasurement(
  times: Readonly<Record<ConnectionStage, readonly number[]>> = {
    connected: [],
    greeted: [],
    joined: [],
  },
  joinSeconds = 0,
): JoinMeasurement {
  return {
    connected: times.connected.length,
    greeted: times.greeted.length,
    joined: times.joined.length,
    joinSeconds,
    connectTimes: histogramOf(times.connected).snapshot(),
    joinTimes: histogramOf(times.joined).snapshot(),
  };
}

/** Adds the measurements of groups that joined one after the other. */
export function sumOfJoins(groups: readonly JoinMeasurement[]): JoinMeasurement {
  const sum = (of: (group: JoinMeasurement) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  const added = (of: (group: JoinMeasurement) => HistogramSnapshot) =>
    LatencyHistogram.of(...groups.map(of)).snapshot();
  return {
    connected: sum(({ connected }) => connected),
    greeted: sum(({ greeted }) => greeted),
    joined: sum(({ joined }) => joined),
    joinSeconds: sum(({ joinSeconds }) => joinSeconds),
    connectTimes: added(({ connectTimes }) => connectTimes),
    joinTimes: added(({ joinTimes }) => joinTimes),
  };
}

/** A histogram of times in milliseconds. */
export function histogramOf(milliseconds: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const time of milliseconds) histogram.record(time * 1000);
  return histogram;
}
