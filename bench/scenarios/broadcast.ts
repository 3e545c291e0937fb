import type { Connection } from "../connection.ts";
import { Crowd } from "../crowd.ts";
import { ErrorTally } from "../error_tally.ts";
import { LatencyHistogram } from "../latency_histogram.ts";
import type { Measurement } from "../measurement.ts";
import type { FullOptions } from "../options.ts";
import { profileOf } from "../profiles/mod.ts";
import type { Environment, Scenario } from "../scenario.ts";
import { BroadcastRun } from "./broadcast_run.ts";

/** How often progress is told and a sample is taken, in milliseconds. */
const TICK = 1000;

/** Fewest connections between which there is something to deliver. */
const FEWEST = 2;

/**
 * Everybody is in one room, some of them talk, and everybody is to get everything.
 *
 * Who has not joined in time is left behind, and the run goes on with the others. A connection that
 * breaks during the run is an error of the run; from that moment on, nothing is expected of it.
 */
export const broadcast: Scenario = async (options, environment) => {
  const errors = new ErrorTally();
  const crowd = new Crowd();
  const members = await gather(crowd, errors, options, environment);
  const run = members.length >= FEWEST && !environment.signal.aborted
    ? new BroadcastRun(members, errors, options, environment)
    : undefined;
  await run?.run();
  const { connected, greeted, joined } = crowd;
  await crowd.close();
  return {
    connected,
    greeted,
    joined,
    ...run?.measured() ?? NOTHING,
    errors: errors.list(),
    interrupted: environment.signal.aborted,
  };
};

/** What a run that never began has measured. */
const NOTHING = {
  durationSeconds: 0,
  messages: 0,
  deliveries: { expected: 0, received: 0, lost: 0, duplicated: 0, reordered: 0, misdelivered: 0 },
  bytes: 0,
  latencies: new LatencyHistogram().snapshot(),
  samples: { deliveries: [], bytes: [] },
} satisfies Partial<Measurement>;

async function gather(
  crowd: Crowd,
  errors: ErrorTally,
  options: FullOptions,
  { now, signal, runId, onProgress }: Environment,
): Promise<Connection[]> {
  const start = now();
  const timer = setInterval(() => {
    const { connections } = options;
    const { joined } = crowd;
    onProgress({
      stage: "joining",
      fraction: joined / connections,
      elapsedSeconds: (now() - start) / 1000,
      joined,
      connections,
      messages: 0,
      deliveries: 0,
      deliveriesPerSecond: 0,
    });
  }, TICK);
  try {
    return await crowd.gather({
      target: options.target,
      profile: profileOf(options),
      connections: options.connections,
      timeout: options.timeoutSeconds * 1000,
      nameOf: (index) => `bench-${runId}-${index}`,
      errors,
      now,
      signal,
    });
  } finally {
    clearInterval(timer);
  }
}
