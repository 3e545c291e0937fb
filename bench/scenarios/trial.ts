import { ConnectionPool } from "../load/connection_pool.ts";
import { type ErrorCount, type ErrorTally, errorWords } from "../load/error_tally.ts";
import type { Connection } from "../load/connection.ts";
import { counted } from "../format.ts";
import { DELIVERY_FAULTS, type LedgerTotals } from "../ledger/ledger_totals.ts";
import { type Target, targetText } from "../load/options.ts";
import type { Profile } from "../profiles/profile.ts";
import { type ProfileName, PROFILES } from "../profiles/mod.ts";
import { sourcesOf } from "../load/source_addresses.ts";
import type { Environment } from "./scenario.ts";

/** What a trial can ask for: to kill the server, and to start one in its place. */
export type TrialService = "kill" | "start";

/** What a trial needs from whoever runs it. */
export interface TrialEnvironment extends Environment {
  /** Has something done that a trial cannot do itself. Rejects if that cannot be done. */
  readonly call: (service: TrialService) => Promise<void>;
}

/** What every trial on a server is told. */
export interface TrialOptions {
  /** The server to load. */
  readonly target: Target;
  /** How it is spoken to. */
  readonly profile: ProfileName;
  /** How long joining, or a delivery, may take. */
  readonly timeoutSeconds: number;
}

/** What every trial tells. As JSON it is part of what `--json` prints. */
export interface TrialResult {
  /** What went wrong, by phase and code. */
  readonly errors: readonly ErrorCount[];
  /** Why it failed, a sentence each. Empty when it passed. */
  readonly failures: readonly string[];
  /** True when it was ended before its time. What was measured until then is valid. */
  readonly interrupted: boolean;
}

/** What a trial on a server tells. */
export interface ServerTrialResult extends TrialResult {
  /** How the server was spoken to. */
  readonly profile: ProfileName;
  /** The server. */
  readonly target: Target;
  /** Connections asked for. */
  readonly connections: number;
  /** Connections that the server has let in. */
  readonly joined: number;
}

/**
 * Has a crowd join. Who does not in time is an error, and is left behind.
 *
 * @param crowdOfRun how many connections the run has at a time, and how many of them come before.
 */
export async function gathered(
  connections: number,
  label: string,
  { target, profile, timeoutSeconds }: TrialOptions,
  errors: ErrorTally,
  { now, signal, runId }: Environment,
  speaking: Profile = PROFILES[profile],
  crowdOfRun: { readonly connections: number; readonly first: number } = { connections, first: 0 },
): Promise<{ readonly members: Connection[]; close(): Promise<void> }> {
  const crowd = new ConnectionPool();
  const members = await crowd.gather({
    ...{ target, connections, errors, now, signal, timeout: timeoutSeconds * 1000 },
    profile: speaking,
    sourceOf: sourcesOf(target.host, crowdOfRun.connections, runId, crowdOfRun.first),
    nameOf: (index) => `bench-${runId}-${label}${index}`,
  });
  return { members, close: () => crowd.close() };
}

/** Why a crowd that is not complete makes a trial fail; nothing where it is complete. */
export function joinFailures(
  target: Target,
  connections: number,
  joined: number,
  errors: readonly ErrorCount[],
): string[] {
  if (joined >= connections) return [];
  const first = errors.find(({ phase }) => phase !== "run");
  const reason = first === undefined ? "" : `: ${errorWords(first)}`;
  return [
    joined === 0
      ? `Cannot join the chat at ${targetText(target)}${reason}.`
      : `Only ${joined} of ${counted(connections, "connection")} joined${reason}.`,
  ];
}

/** Why what became of the deliveries makes a trial fail. */
export function deliveryFailures(totals: LedgerTotals): string[] {
  return DELIVERY_FAULTS.flatMap((fault) =>
    totals[fault] === 0 ? [] : [`${counted(totals[fault], "delivery", "deliveries")} ${fault}.`]
  );
}
