import type { KnownServer } from "../results/result.ts";
import {
  clientEvidence,
  generatorSummary,
  type RunHealth,
  serverEvidence,
} from "../results/run_health.ts";
import { clientReason, type LimitVerdict, serverBusy, serverCpuText } from "../results/verdict.ts";
import type { StormMeasurement } from "./storm.ts";

/**
 * How the load tester and the server did in a storm of connections.
 *
 * @param connectRate connections per second that were asked for; without it, all came at once.
 * @param isComplete every connection has come as far as was asked for.
 */
export function stormHealth(
  measured: StormMeasurement,
  connectRate: number | undefined,
  isComplete: boolean,
  known: KnownServer,
): RunHealth {
  const generator = generatorSummary(measured.generator);
  const verdict = verdictOfStorm(generator, connectRate, isComplete, known);
  return { generator, ...known, verdict, waitSeconds: 0 };
}

function verdictOfStorm(
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
      reason: `all connections were opened at once, and the load tester was not busy${ending}`,
    };
  }
  return isComplete
    ? { limitedBy: "rate", reason: "all connections were opened when due, and came in" }
    : { limitedBy: null, reason: `not all connections came in${ending}` };
}
