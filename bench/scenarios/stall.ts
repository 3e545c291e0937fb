import { ErrorTally } from "../load/error_tally.ts";
import { counted, duration } from "../format.ts";
import { LatencyHistogram, type LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { PROFILES } from "../profiles/mod.ts";
import type { Environment } from "./scenario.ts";
import { CheckedChat, pause, tellProgress } from "./checked_chat.ts";
import { trafficOf } from "./trial_traffic.ts";
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
  /** Messages that were sent to them while they were connected. */
  readonly expected: number;
  /** Came in, before or after. */
  readonly received: number;
  /** The server told them that it had skipped these. */
  readonly skipped: number;
  /** Had not come in when a connection closed. */
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
  const sleeping = joined < connections
    ? []
    : Array.from({ length: stalled }, (_, index) => firstStalled + index);
  const accounts = sleeping.map((receiver) => ({ receiver, ...ledger.accountOf(receiver) }));
  const sum = (of: (account: typeof accounts[number]) => number) =>
    accounts.reduce((sum, account) => sum + of(account), 0);
  const expected = sum((account) => account.expected);
  const cutOff = sum((account) =>
    broken.has(account.receiver)
      ? account.expected - (receivedBy.get(account.receiver) ?? 0) -
        (skipped.get(account.receiver) ?? 0)
      : account.cutOff
  );
  const lost = Math.max(0, expected - received - total(skipped) - cutOff);
  const stalledDeliveries = { expected, received, skipped: total(skipped), cutOff, lost };
  const readers = readersOf(all, {
    ...{ expected, received, skipped: skippedReaders },
    cutOff: sum((account) => account.cutOff),
  });
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

/**
 * The totals of the readers.
 *
 * @param all of everybody.
 * @param stalled what of that was for the stalled; and `skipped`, of which the readers were told.
 */
function readersOf(
  all: LedgerTotals,
  stalled: Pick<LedgerTotals, "expected" | "received" | "cutOff" | "skipped">,
): LedgerTotals {
  const expected = all.expected - stalled.expected;
  const received = all.received - stalled.received;
  const cutOff = all.cutOff - stalled.cutOff;
  const missing = Math.max(expected - received - cutOff - all.corrupted, 0);
  const skipped = Math.min(stalled.skipped, missing);
  return { ...all, expected, received, cutOff, skipped, lost: missing - skipped };
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
