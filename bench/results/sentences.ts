/**
 * The conclusions of results, in one sentence each.
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

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** The effect of a full queue on clients, in one sentence. */
export function backlogSentence(facts: BacklogFacts): string {
  const { requested, held, clients, refused, timedOut, unserved } = facts;
  const queue = requested === null
    ? "Of"
    : held === null
    ? `${grouped(requested)} asked for; of`
    : `${grouped(requested)} asked for, ${grouped(held)} held; of`;
  const fates = [
    ...connectedParts(facts.steps),
    `${refused === 0 ? "none" : grouped(refused)} refused`,
  ];
  if (timedOut > 0) fates.push(`${grouped(timedOut)} still waiting at the end`);
  if (unserved > 0) fates.push(`${grouped(unserved)} connected but never served`);
  return `${queue} ${counted(clients, "client")} ${fates.join(", ")}: ` +
    `${consequence(facts)}.`;
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

/** What people who use the server see of it. */
function consequence(facts: BacklogFacts): string {
  const { steps, refused, timedOut, unserved, interrupted } = facts;
  if (interrupted) return "ended too early to show the effect on users";
  const late = steps.filter((step) => !isAtOnce(step));
  const seconds = Math.max(1, Math.round((late.at(-1)?.toMilliseconds ?? 0) / 1000));
  const stall = late.length === 0 ? undefined : `a ${NUMBERS[seconds] ?? seconds}-second stall`;
  const faults = [
    ...(refused > 0 ? ["an error"] : []),
    ...(timedOut > 0 ? ["a timeout"] : []),
    ...(unserved > 0 ? ["a connection without any answer"] : []),
  ].join(" or ");
  if (faults === "") {
    return stall === undefined
      // Of another program's listener nothing is known but that the system has connected them.
      ? facts.requested === null
        ? "none waits to be connected; bench connect measures whether they are served"
        : "your users see no delay"
      : `your users see ${stall}, not an error`;
  }
  return stall === undefined
    ? `some of your users see ${faults}`
    : `your users see ${stall}, and some of them ${faults}`;
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

/** A stall in one sentence. */
export function stallSentence(
  { stalled, disconnected, readers, stalledDeliveries, ...result }: StallFacts,
): string {
  const before = result.latencyBeforeMicroseconds;
  const during = result.latencyDuringMicroseconds;
  if (before === null || during === null) return "";
  const { received, skipped, cutOff, lost } = stalledDeliveries;
  const fates = [
    `received ${grouped(received)}`,
    `had ${grouped(skipped)} reported as skipped`,
    ...(cutOff > 0
      ? [`were cut off from ${grouped(cutOff)} (${grouped(disconnected)} disconnected)`]
      : []),
    `lost ${grouped(lost)}`,
  ];
  return `While ${grouped(stalled)} did not read, the others lost ${
    grouped(readers.lost)
  } and their p99 went from ` +
    `${duration(before.p99)} to ${duration(during.p99)}; of ${
      counted(stalledDeliveries.expected, "delivery", "deliveries")
    } the ` +
    `stalled ${fates.join(", ")}.`;
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

/** A restart in one sentence. */
export function restartSentence(
  { connections, back, attempts, deliveriesBefore, ...result }: RestartFacts,
): string {
  const { downSeconds, allBackSeconds, deliveriesAfter } = result;
  if (downSeconds === null) return "";
  const lost = deliveriesBefore.cutOff === 0
    ? "no delivery was cut off"
    : `${counted(deliveriesBefore.cutOff, "delivery was", "deliveries were")} cut off`;
  const down = `The server was gone for ${downSeconds.toFixed(1)} s`;
  if (allBackSeconds === null) {
    return `${down}; ${grouped(back)} of ${grouped(connections)} came back, with ${
      counted(attempts, "attempt")
    }; ${lost}.`;
  }
  return `${down}, and ${allBackSeconds.toFixed(1)} s after the kill all ${
    grouped(connections)
  } were back, ` +
    `with ${counted(attempts, "attempt")}; ${lost}, and ${
      deliveriesAfter.lost === 0
        ? "no delivery"
        : counted(deliveriesAfter.lost, "delivery", "deliveries")
    } of the messages afterwards ${deliveriesAfter.lost > 1 ? "were" : "was"} lost.`;
}
