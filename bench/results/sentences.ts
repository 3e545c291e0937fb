/**
 * The conclusions of results, in a few sentences each.
 *
 * @module
 */

import { counted, duration, grouped } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { type ConnectStep, isAtOnce } from "./connect_steps.ts";

/** The figures in the sentence. */
export interface BacklogFacts {
  /** `null` where the listener is another program's. */
  readonly requested: number | null;
  /** Connections that waited to be accepted at one time; `null` where the system does not report it. */
  readonly held: number | null;
  readonly clients: number;
  readonly steps: readonly ConnectStep[];
  readonly refused: number;
  /** Clients that were still waiting when their time was over. */
  readonly timedOut: number;
  /** Clients that were connected and never answered: their last ACK met a full queue, which the system
   * does not report to the client. 0 where it cannot be measured. */
  readonly unserved: number;
  /** The run was ended before all clients were connected or had failed. */
  readonly interrupted: boolean;
}

/** The effect of a full queue on clients, in a few sentences. */
export function backlogSentence(facts: BacklogFacts): string {
  const { requested, held, clients, refused, timedOut, unserved } = facts;
  const queue = requested === null
    ? ""
    : `Backlog ${grouped(requested)} requested${
      held === null ? "" : `, ${counted(held, "connection")} held`
    }. `;
  const counts = [
    ...connectedParts(facts.steps),
    `${refused === 0 ? "none" : grouped(refused)} refused`,
  ];
  if (timedOut > 0) {
    counts.push(`${grouped(timedOut)} ${facts.interrupted ? "still waiting" : "timed out"}`);
  }
  if (unserved > 0) counts.push(`${grouped(unserved)} connected but never served`);
  return `${queue}${counted(clients, "client")}: ${counts.join(", ")}. ${consequence(facts)}.`;
}

function connectedParts(steps: readonly ConnectStep[]): string[] {
  const atOnce = total(steps.filter(isAtOnce));
  const late = steps.filter((step) => !isAtOnce(step));
  const parts = [atOnce === 0 ? "none connected at once" : `${grouped(atOnce)} connected at once`];
  if (late.length > 0) {
    const from = (late[0]!.fromMilliseconds / 1000).toFixed(1);
    const to = (late.at(-1)!.toMilliseconds / 1000).toFixed(1);
    parts.push(`${grouped(total(late))} after ${from === to ? to : `${from} to ${to}`} s`);
  }
  return parts;
}

/** The effect on users of the server. */
function consequence(facts: BacklogFacts): string {
  const { steps, refused, timedOut, unserved, interrupted } = facts;
  if (interrupted) return "The run was interrupted before the effect on users was known";
  const late = steps.filter((step) => !isAtOnce(step));
  const seconds = Math.max(1, Math.round((late.at(-1)?.toMilliseconds ?? 0) / 1000));
  const delay = late.length === 0 ? undefined : `a delay of ${counted(seconds, "second")}`;
  const faults = [
    ...(refused > 0 ? ["an error"] : []),
    ...(timedOut > 0 ? ["a timeout"] : []),
    ...(unserved > 0 ? ["a connection without an answer"] : []),
  ].join(" or ");
  if (faults === "") {
    return delay === undefined
      // Of another program's listener nothing is known but that the system has connected them.
      ? facts.requested === null
        ? "No client had to wait; bench connect measures whether they are served"
        : "Users see no delay"
      : `Users see ${delay}, but no error`;
  }
  return delay === undefined
    ? `Some users see ${faults}`
    : `Users see ${delay}, and some of them ${faults}`;
}

function total(steps: readonly ConnectStep[]): number {
  return steps.reduce((sum, step) => sum + step.connections, 0);
}

/** The figures of a stall in its sentence. */
export interface StallFacts {
  readonly stalled: number;
  readonly disconnected: number;
  readonly readers: Pick<LedgerTotals, "lost">;
  readonly stalledDeliveries: Pick<
    LedgerTotals,
    "expected" | "received" | "skipped" | "cutOff" | "lost"
  >;
  readonly latencyBeforeMicroseconds: LatencySummary | null;
  readonly latencyDuringMicroseconds: LatencySummary | null;
}

/** A stall in two sentences. */
export function stallSentence(
  { stalled, disconnected, readers, stalledDeliveries, ...result }: StallFacts,
): string {
  const before = result.latencyBeforeMicroseconds;
  const during = result.latencyDuringMicroseconds;
  if (before === null || during === null) return "";
  const { received, skipped, cutOff, lost } = stalledDeliveries;
  const counts = [
    `${grouped(received)} received`,
    `${grouped(skipped)} reported as skipped`,
    ...cutOff > 0
      ? [`${grouped(cutOff)} cut off (${counted(disconnected, "client")} disconnected)`]
      : [],
    `${grouped(lost)} lost`,
  ];
  return `While ${counted(stalled, "client")} did not read, ${
    counted(readers.lost, "delivery", "deliveries")
  } to the others ${readers.lost === 1 ? "was" : "were"} lost, and their p99 latency changed ` +
    `from ${duration(before.p99)} to ${duration(during.p99)}. ` +
    `${counted(stalledDeliveries.expected, "delivery", "deliveries")} to the stalled ${
      stalled === 1 ? "client" : "clients"
    }: ` +
    `${counts.join(", ")}.`;
}

/** The figures of a restart in its sentence. */
export interface RestartFacts {
  readonly connections: number;
  readonly back: number;
  readonly attempts: number;
  readonly downSeconds: number | null;
  readonly allBackSeconds: number | null;
  readonly deliveriesBefore: Pick<LedgerTotals, "cutOff">;
  readonly deliveriesAfter: Pick<LedgerTotals, "lost">;
}

/** A restart in a few sentences. */
export function restartSentence(
  { connections, back, attempts, deliveriesBefore, ...result }: RestartFacts,
): string {
  const { downSeconds, allBackSeconds, deliveriesAfter } = result;
  if (downSeconds === null) return "";
  const down = `The server was down for ${downSeconds.toFixed(1)} s. `;
  const tries = `with ${counted(attempts, "attempt")}. `;
  const cutOff = `The kill cut off ${counted(deliveriesBefore.cutOff, "delivery", "deliveries")}`;
  if (allBackSeconds === null) {
    return `${down}${grouped(back)} of ${counted(connections, "client")} reconnected, ${tries}` +
      `${cutOff}.`;
  }
  return `${down}All ${grouped(connections)} clients reconnected within ` +
    `${allBackSeconds.toFixed(1)} s of the kill, ${tries}${cutOff}; after the restart, ` +
    `${counted(deliveriesAfter.lost, "delivery was", "deliveries were")} lost.`;
}
