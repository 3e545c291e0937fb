import type { Measurement } from "../load/measurement.ts";
import {
  clientEvidence,
  generatorSummary,
  type KnownServer,
  type RunHealth,
  serverEvidence,
  summaryOf,
} from "./run_health.ts";
import {
  clientReason,
  type LimitVerdict,
  serverBusy,
  serverCpuText,
  verdictOf,
} from "./verdict.ts";

/** The load of messages that a verdict is about. */
export interface JudgedLoad {
  /** Requested messages per second; of a ramp, those that were sent per second; `null` in a closed
   * loop. */
  readonly rate: number | null;
  /** Connections that were to send. */
  readonly senders: number;
  /** Messages were sent before that are not counted. Default false. */
  readonly isWarm?: boolean;
  /** One message is in flight at a time, whatever the options. Default false. */
  readonly isOneAtATime?: boolean;
}

/** How the load tester and the server did in a run of messages. */
export function loadHealth(
  load: JudgedLoad,
  measurement: Measurement,
  known: KnownServer,
): RunHealth {
  const generator = generatorSummary(measurement.generator);
  return {
    ...{ generator, ...known, verdict: verdictOfLoad(load, measurement, generator, known) },
    waitSeconds: Math.round(measurement.waitSeconds * 1000) / 1000,
  };
}

function verdictOfLoad(
  { rate, senders, isWarm = false, isOneAtATime = false }: JudgedLoad,
  measurement: Measurement,
  generator: RunHealth["generator"],
  { server, serverLimits }: KnownServer,
): LimitVerdict {
  const { messages, deliveries, errors, interrupted } = measurement;
  if (measurement.generator.seconds === 0) {
    return { limitedBy: null, reason: "nothing was measured" };
  }
  const latencies = summaryOf(measurement.latencies);
  const watched = serverEvidence(server);
  const verdict = verdictOf({
    ...{ rate, senders: Math.min(senders, measurement.joined), isWarm, messages },
    ...{ seconds: measurement.sendingSeconds, unsent: measurement.unsent },
    lost: interrupted ? 0 : deliveries.expected - deliveries.received,
    sendingThreads: measurement.sendingThreads,
    desertedThreads: measurement.desertedThreads,
    isOverloaded: errors.some(({ code }) => code === "overload"),
    inFlightHalfway: measurement.inFlightHalfway,
    leftInFlight: measurement.leftInFlight,
    silentSeconds: rate === null ? measurement.silentSeconds : 0,
    ...{ latencyP50: latencies?.p50 ?? null, latencyMax: latencies?.max ?? null },
    ...clientEvidence(generator, summaryOf(measurement.slip)),
    ...{ server: watched, limits: serverLimits },
  });
  if (!isOneAtATime || verdict.limitedBy !== "window") return verdict;
  const reason = `one message is in flight at a time${serverCpuText(watched)}`;
  return { limitedBy: "window", reason };
}

/**
 * How the load tester and the server did in a run that opened connections.
 *
 * @param connectRate requested connections per second; without it, all connect at once.
 * @param isComplete every connection has reached the requested stage.
 */
export function joinHealth(
  connectRate: number | undefined,
  isComplete: boolean,
  measurement: Pick<Measurement, "generator">,
  known: KnownServer,
): RunHealth {
  const generator = generatorSummary(measurement.generator);
  const verdict = verdictOfJoining(generator, connectRate, isComplete, known);
  return { generator, ...known, verdict, waitSeconds: 0 };
}

function verdictOfJoining(
  generator: RunHealth["generator"],
  connectRate: number | undefined,
  isComplete: boolean,
  { server }: KnownServer,
): LimitVerdict {
  const ownReason = clientReason(clientEvidence(generator, null));
  if (ownReason !== undefined) return { limitedBy: "client", reason: ownReason };
  const watched = serverEvidence(server);
  const busy = serverBusy(watched);
  if (busy !== undefined) return busy;
  const ending = serverCpuText(watched);
  if (connectRate === undefined) {
    return {
      limitedBy: null,
      reason: `all connections were opened at once, and the load tester had CPU time left${ending}`,
    };
  }
  return isComplete
    ? { limitedBy: "rate", reason: "all connections were opened on time and accepted" }
    : { limitedBy: null, reason: `not all connections were accepted${ending}` };
}
