import { ConnectionError } from "../core/connection_errors.ts";
import { type CheckContext, CheckFailure } from "./check.ts";
import type { CheckClient } from "./check_client.ts";

/** Number of clients in a crowd. */
export const CROWD = 20;

/** The advice for a full backlog. */
const ADVICE = "Raise it, as in listen(128), and do nothing between two accepts";

/** Minimum duration of connecting when a SYN was dropped and sent again: 1 s (RFC 6298), less a margin
 * for rounded timers. */
const RETRY_MILLISECONDS = 900;

/** The result of a crowd of clients. */
export interface CrowdResult<Value> {
  /** The results of the clients. */
  readonly values: Value[];
  /** A remark on how they connected; empty if there was no delay. */
  readonly note: string;
}

/**
 * Connects {@link CROWD} clients at once, and runs work with each.
 *
 * A client that the server has not accepted yet waits in its listen backlog, and when that is full,
 * cannot connect. The error names these causes rather than the messages that such a client misses.
 *
 * @throws {CheckFailure} when a client cannot connect, is not served, or its work fails.
 */
export async function runCrowd<Value>(
  context: CheckContext,
  work: (client: CheckClient, index: number) => Promise<Value>,
): Promise<CrowdResult<Value>> {
  let timedOut = 0;
  let unserved = 0;
  let slow = 0;
  const runs = Array.from({ length: CROWD }, async (_, index) => {
    const client = await context.connect().catch((error) => {
      if (error instanceof ConnectionError && error.code === "timed_out") timedOut++;
      throw error;
    });
    if (client.connectMilliseconds >= RETRY_MILLISECONDS) slow++;
    try {
      return await work(client, index);
    } catch (error) {
      if (error instanceof CheckFailure && isUnserved(client)) unserved++;
      throw error;
    }
  });
  const settled = await Promise.allSettled(runs);
  const fault = backlogFault(context, timedOut, unserved);
  if (fault !== undefined) throw new CheckFailure(fault);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  const values = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  return { values, note: slow === 0 ? "" : slowNote(slow) };
}

/** Whether the server has neither sent anything to a client nor ended its connection. */
export function isUnserved({ hasHeard, isEnded }: CheckClient): boolean {
  return !hasHeard && !isEnded;
}

/** The reason why clients of a crowd are not served; `undefined` if all are. */
export function backlogFault(
  { patience }: CheckContext,
  timedOut: number,
  unserved: number,
): string | undefined {
  if (timedOut > 0) {
    return `${timedOut} of ${CROWD} clients could not connect in ${patience}: the server's listen ` +
      `backlog is full. ${ADVICE}`;
  }
  if (unserved === 0) return undefined;
  return `${unserved} of ${CROWD} clients were connected, but not served in ${patience}: they wait ` +
    `in the server's listen backlog. ${ADVICE}`;
}

function slowNote(slow: number): string {
  return `${slow} of ${CROWD} took over 1 s to connect: the server's listen backlog was full. ${ADVICE}`;
}
