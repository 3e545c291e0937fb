import type { KnownServer } from "../results/result.ts";
import {
  clientEvidence,
  generatorSummary,
  type RunHealth,
  serverEvidence,
  summaryOf,
} from "../results/run_health.ts";
import { type LimitVerdict, serverCpuText, verdictOf } from "../results/verdict.ts";
import type { TrialTraffic } from "./trial_traffic.ts";

/**
 * How the load tester and the server did in a trial.
 *
 * @param traffic nothing where no message was sent.
 */
export function trialHealth(traffic: TrialTraffic | undefined, known: KnownServer): RunHealth {
  const generator = traffic === undefined
    ? { eventLoopLagMicroseconds: null, cpu: 0, processCpu: 0 }
    : generatorSummary(traffic.generator);
  return {
    ...{ generator, ...known, verdict: verdictOfTrial(traffic, generator, known) },
    waitSeconds: traffic?.waitSeconds ?? 0,
  };
}

function verdictOfTrial(
  traffic: TrialTraffic | undefined,
  generator: RunHealth["generator"],
  { server, serverLimits }: KnownServer,
): LimitVerdict {
  if (traffic === undefined) return { limitedBy: null, reason: "nothing was measured" };
  const { rate, latency, slip, senders, messages, seconds, lost, leftInFlight } = traffic;
  const watched = serverEvidence(server);
  const verdict = verdictOf({
    ...{
      rate,
      senders,
      messages,
      seconds,
      lost,
      leftInFlight,
      isWarm: false,
      unsent: 0,
      isOverloaded: false,
      silentSeconds: 0,
    },
    ...{ sendingThreads: 1, desertedThreads: 0 },
    // Little's law: where a server keeps up, so much is under way at any time.
    inFlightHalfway: rate === null ? 0 : rate * (latency?.p50 ?? 0) / 1_000_000,
    ...{ latencyP50: latency?.p50 ?? null, latencyMax: latency?.max ?? null },
    ...clientEvidence(generator, summaryOf(slip)),
    ...{ server: watched, limits: serverLimits },
  });
  if (verdict.limitedBy !== "window") return verdict;
  const reason = `one message is in flight at a time${serverCpuText(watched)}`;
  return { limitedBy: "window", reason };
}
