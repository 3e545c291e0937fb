import type { Connection } from "../load/connection.ts";
import { ConnectionPool } from "../load/connection_pool.ts";
import { ErrorTally } from "../load/error_tally.ts";
import type { Audience } from "../ledger/ledger.ts";
import { otherRunId } from "../ledger/payload_codec.ts";
import type { FullOptions } from "../load/options.ts";
import { profileOf } from "../profiles/mod.ts";
import { ALONE, type Environment, type Scenario } from "./scenario.ts";
import { sourcesOf } from "../load/source_addresses.ts";
import { LoadRun } from "../load/load_run.ts";

/** How often progress is told, in milliseconds. */
const TICK = 1000;

/**
 * A scenario in which a crowd joins, and then sends messages to its audience.
 *
 * Who has not joined in time is left behind, and the run goes on with the others. A connection that
 * breaks during the run is an error of the run; from that moment on, nothing is expected of it.
 */
export function trafficScenario(audience: Audience): Scenario {
  return async (options, environment) => {
    const errors = new ErrorTally();
    const crowd = new ConnectionPool();
    const start = environment.now();
    const joinedMembers = await gather(crowd, errors, options, environment);
    const joinSeconds = (environment.now() - start) / 1000;
    const members = await warmUp(joinedMembers, audience, errors, options, environment);
    const senders = Math.min(options.senders, members.length);
    const memory = environment.team?.memory?.run;
    const run = new LoadRun(
      { members, senders, audience, memory },
      errors,
      options,
      environment,
    );
    await run.run();
    const { connected, greeted, joined, times } = crowd;
    await crowd.close();
    return {
      connected,
      greeted,
      joined,
      joinSeconds,
      connectTimes: times.connected.snapshot(),
      joinTimes: times.joined.snapshot(),
      ...run.measured(),
      errors: errors.list(),
      interrupted: environment.signal.aborted,
    };
  };
}

/**
 * Sends messages that count in no figure, and waits for them, so that none comes in later.
 *
 * @returns the connections that stand afterwards. Those that do not are an error of the run.
 */
async function warmUp(
  members: readonly Connection[],
  audience: Audience,
  errors: ErrorTally,
  options: FullOptions,
  environment: Environment,
): Promise<readonly Connection[]> {
  const { warmUpSeconds, amount: _, ...rest } = options;
  if (warmUpSeconds === 0) return members;
  const senders = Math.min(options.senders, members.length);
  const memory = environment.team?.memory?.warmUp;
  const run = new LoadRun(
    { members, senders, audience, memory },
    new ErrorTally(),
    { ...rest, warmUpSeconds: 0, durationSeconds: warmUpSeconds },
    {
      ...environment,
      runId: otherRunId(environment.runId),
      onProgress: (progress) => environment.onProgress({ ...progress, stage: "warming up" }),
      onInterval: undefined,
    },
  );
  await run.run();
  const standing = run.standing();
  const broken = members.length - standing.length;
  if (broken > 0) errors.add("run", "closed", "connections broke in the warm-up", 0, broken);
  return standing;
}

async function gather(
  crowd: ConnectionPool,
  errors: ErrorTally,
  options: FullOptions,
  { now, signal, runId, team = ALONE, onProgress }: Environment,
): Promise<Connection[]> {
  const start = now();
  const tell = (elapsed: number) => {
    const { connections } = options;
    const { joined } = crowd;
    onProgress({
      stage: "joining",
      fraction: joined / connections,
      elapsedSeconds: elapsed / 1000,
      joined,
      connections,
      messages: 0,
      deliveries: 0,
      deliveriesPerSecond: 0,
    });
  };
  tell(0);
  const timer = setInterval(() => tell(now() - start), TICK);
  try {
    return await crowd.gather({
      target: options.target,
      profile: profileOf(options),
      connections: options.connections,
      connectRate: options.connectRate,
      sourceOf: sourcesOf(
        options.target.host,
        team.connections ?? options.connections,
        runId,
        team.firstConnection,
      ),
      timeout: options.timeoutSeconds * 1000,
      nameOf: (index) => `bench-${runId}-${team.firstConnection + index}`,
      errors,
      now,
      signal,
    });
  } finally {
    clearInterval(timer);
  }
}
