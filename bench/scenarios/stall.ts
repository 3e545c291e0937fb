import { ErrorTally } from "../error_tally.ts";
import { counted, duration } from "../format.ts";
import { LatencyHistogram, type LatencySummary } from "../latency_histogram.ts";
import type { LedgerTotals } from "../ledger.ts";
import { PROFILES } from "../profiles/mod.ts";
import type { Environment } from "../scenario.ts";
import { CheckedChat, pause, tellProgress } from "./checked_chat.ts";
import { trafficOf } from "../trial_traffic.ts";
import {
  deliveryFailures,
  gathered,
  joinFailures,
  type ServerTrialResult,
  type TrialOptions,
} from "./trial.ts";

/** What to stall. */
export interface StallOptions extends TrialOptions {
  /** Members, those that stall included. */
  readonly connections: number;
  /** The last of the members stop reading. They do not send. */
  readonly stalled: number;
  /** The first of the members talk, ... */
  readonly senders: number;
  /** ... with so many messages a second together. */
  readonly messagesPerSecond: number;
  /** Length of a message's text. */
  readonly payloadBytes: number;
  /** How long everybody reads at first, and how long the stalled do not read then. */
  readonly durationSeconds: number;
}

/** What became of the deliveries to those that stalled: the four add up to what was expected. */
export interface StalledDeliveries {
  /** Messages that were for them. */
  readonly expected: number;
  /** Came in, before or after. */
  readonly received: number;
  /** The server told them that it had skipped these. */
  readonly skipped: number;
  /** Were not there when the server closed the connection. */
  readonly cutOff: number;
  /** Never came, and nobody said why. */
  readonly lost: number;
}

/** What was found. As JSON it is what `--json` prints. */
export interface StallResult extends ServerTrialResult {
  /** Tells this result from that of another trial. */
  readonly scenario: "stall";
  /** Members that stopped reading. */
  readonly stalled: number;
  /** Of the stalled: how many the server has closed the connection of. */
  readonly disconnected: number;
  /** Messages sent. */
  readonly messages: number;
  /** Deliveries to those that read all the time. */
  readonly readers: LedgerTotals;
  /** Deliveries to the others. */
  readonly stalledDeliveries: StalledDeliveries;
  /** Latency of the readers while everybody read; `null` where nothing came in. */
  readonly latencyBeforeMicroseconds: LatencySummary | null;
  /** Latency of the readers while some did not read. */
  readonly latencyDuringMicroseconds: LatencySummary | null;
  /** What it comes to, in a sentence; empty where nothing was measured. */
  readonly sentence: string;
}

/**
 * What some members that stop reading do to the others, and to themselves.
 *
 * 1. Everybody reads, and a few talk at an even rate.
 * 2. The stalled stop reading for as long; the talk goes on.
 * 3. They read again, the talk ends, and what is still to come is waited for.
 */
export async function stall(
  options: StallOptions,
  environment: Environment,
): Promise<StallResult> {
  const { connections, stalled, durationSeconds, target } = options;
  const { signal } = environment;
  const firstStalled = connections - stalled;
  const latencies = { before: new LatencyHistogram(), during: new LatencyHistogram() };
  const skipped = new Map<number, number>();
  const receivedBy = new Map<number, number>();
  const broken = new Set<number>();
  let current: LatencyHistogram | undefined = latencies.before;
  let received = 0;
  let skippedReaders = 0;
  const errors = new ErrorTally();
  const crowd = await gathered(connections, "", options, errors, environment);
  const { members } = crowd;
  const joined = members.length;
  const chat = new CheckedChat({
    timeoutSeconds: options.timeoutSeconds,
    ...{ members, senders: Math.min(options.senders, joined), errors },
    ...{ messagesPerSecond: options.messagesPerSecond, payloadBytes: options.payloadBytes },
    profile: PROFILES[options.profile],
    onDelivery: (receiver, microseconds) => {
      if (receiver < firstStalled) current?.record(microseconds);
      else {
        received++;
        receivedBy.set(receiver, (receivedBy.get(receiver) ?? 0) + 1);
      }
    },
    onSkipped: (receiver, count) => {
      if (receiver < firstStalled) skippedReaders += count;
      else skipped.set(receiver, (skipped.get(receiver) ?? 0) + count);
    },
    onBreak: (receiver) => broken.add(receiver),
  }, environment);
  const total = (counts: Map<number, number>) => counts.values().reduce((sum, one) => sum + one, 0);
  if (joined === connections && !signal.aborted) {
    chat.start();
    const quieten = tellProgress(
      [chat],
      [joined, connections],
      2 * durationSeconds,
      environment,
    );
    await pause(durationSeconds * 1000, signal);
    const sleepers = members.slice(firstStalled);
    if (!signal.aborted) {
      current = latencies.during;
      for (const member of sleepers) member.pause();
      await pause(durationSeconds * 1000, signal);
    }
    current = undefined;
    chat.stop();
    for (const member of sleepers) member.resume();
    await chat.end(() => total(skipped));
    quieten();
  }
  const { ledger } = chat;
  const { messages } = ledger;
  const all = ledger.totals();
  const expected = messages * stalled;
  const cutOff = [...broken].filter((receiver) => receiver >= firstStalled)
    .reduce(
      (sum, receiver) =>
        sum + messages - (receivedBy.get(receiver) ?? 0) - (skipped.get(receiver) ?? 0),
      0,
    );
  const lost = Math.max(0, expected - received - total(skipped) - cutOff);
  const stalledDeliveries = { expected, received, skipped: total(skipped), cutOff, lost };
  // Of a connection that broke, the ledger expects no more than it had come to.
  const accountOf = (receiver: number) => {
    if (!broken.has(receiver)) return messages;
    return Array.from({ length: options.senders }, (_, sender) => ledger.nextOf(receiver, sender))
      .reduce((sum, next) => sum + next, 0);
  };
  const stalledInLedger = Array.from({ length: joined < connections ? 0 : stalled })
    .reduce((sum: number, _, index) => sum + accountOf(firstStalled + index), 0);
  const readers = {
    ...all,
    expected: all.expected - stalledInLedger,
    received: all.received - received,
    lost: Math.max(all.lost - (stalledInLedger - received), 0),
  };
  const disconnected = [...broken].filter((receiver) => receiver >= firstStalled).length;
  if (messages > 0) {
    const lost = signal.aborted ? 0 : readers.lost;
    const traffic = trafficOf([chat], latencies.during.summary(), lost);
    // What is under way to the stalled is the point of it.
    environment.onTraffic?.({ ...traffic, leftInFlight: 0 });
  }
  await crowd.close();
  const list = errors.list();
  const failures = joined < connections
    ? (signal.aborted ? [] : joinFailures(target, connections, joined, list))
    : [
      ...deliveryFailures(readers),
      ...(readers.received === 0 && !signal.aborted ? ["Nothing was delivered."] : []),
      ...(skippedReaders > 0 ? [`${counted(skippedReaders, "message")} to readers skipped.`] : []),
      ...(broken.size > disconnected
        ? [`The connections of ${counted(broken.size - disconnected, "reader")} broke.`]
        : []),
      ...(lost > 0
        ? [`${counted(lost, "delivery", "deliveries")} to the stalled were lost without a word.`]
        : []),
    ];
  const result = {
    ...{
      scenario: "stall",
      target,
      profile: options.profile,
      joined,
      connections,
      stalled,
    } as const,
    ...{ disconnected, messages, readers, stalledDeliveries },
    latencyBeforeMicroseconds: latencies.before.summary(),
    latencyDuringMicroseconds: latencies.during.summary(),
    ...{ errors: list, failures, interrupted: signal.aborted },
  };
  return { ...result, sentence: stallSentence(result) };
}

/** What a stall comes to. */
export function stallSentence(
  { stalled, disconnected, readers, stalledDeliveries, ...result }: Omit<StallResult, "sentence">,
): string {
  const before = result.latencyBeforeMicroseconds;
  const during = result.latencyDuringMicroseconds;
  if (before === null || during === null) return "";
  const { received, skipped, cutOff, lost } = stalledDeliveries;
  const fates = [
    `received ${received}`,
    `were told of ${skipped} skipped`,
    ...(cutOff > 0 ? [`were cut off from ${cutOff} (${disconnected} disconnected)`] : []),
    `lost ${lost}`,
  ];
  return `While ${stalled} did not read, the others lost ${readers.lost} and their p99 went from ` +
    `${duration(before.p99)} to ${duration(during.p99)}; of ${
      counted(stalledDeliveries.expected, "delivery", "deliveries")
    } the ` +
    `stalled ${fates.join(", ")}.`;
}
