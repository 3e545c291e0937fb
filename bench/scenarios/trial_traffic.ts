import type { GeneratorMeasurement } from "../load/generator_health.ts";
import {
  type HistogramSnapshot,
  LatencyHistogram,
  type LatencySummary,
} from "../ledger/latency_histogram.ts";

/** What a verdict takes of the messages of a trial. */
export interface TrialTraffic {
  /** Messages per second that were asked for; `null` where each waited for the one before. */
  readonly rate: number | null;
  /** Connections that sent. */
  readonly senders: number;
  /** Messages sent. */
  readonly messages: number;
  /** How long messages were sent. */
  readonly seconds: number;
  /** Deliveries that were to come and did not. */
  readonly lost: number;
  /** Messages that had not come to everybody when sending ended. */
  readonly leftInFlight: number;
  /** How long deliveries were waited for when sending had ended. */
  readonly waitSeconds: number;
  /** How late messages were sent, where they had a time. */
  readonly slip: HistogramSnapshot | undefined;
  /** How the load tester did meanwhile. */
  readonly generator: GeneratorMeasurement;
  /** Microseconds; `null` where nothing came in. */
  readonly latency: { readonly p50: number; readonly max: number } | null;
}

/** What is taken of a chat at an even rate. */
interface PacedChat {
  readonly messagesPerSecond: number;
  readonly senders: number;
  readonly seconds: number;
  readonly waitSeconds: number;
  readonly leftInFlight: number;
  readonly slip: LatencyHistogram;
  readonly generator: GeneratorMeasurement;
  readonly ledger: { readonly messages: number };
}

/** What chats that ran at the same time in one thread come to: one at least. */
export function trafficOf(
  chats: readonly PacedChat[],
  latency: LatencySummary | null,
  lost: number,
): TrialTraffic {
  const sum = (of: (chat: PacedChat) => number) =>
    chats.reduce((total, chat) => total + of(chat), 0);
  return {
    rate: sum(({ messagesPerSecond }) => messagesPerSecond),
    senders: sum(({ senders }) => senders),
    messages: sum(({ ledger }) => ledger.messages),
    seconds: Math.max(0, ...chats.map(({ seconds }) => seconds)),
    lost,
    waitSeconds: Math.max(0, ...chats.map(({ waitSeconds }) => waitSeconds)),
    leftInFlight: sum(({ leftInFlight }) => leftInFlight),
    slip: LatencyHistogram.of(...chats.map(({ slip }) => slip.snapshot())).snapshot(),
    generator: chats[0]!.generator,
    latency,
  };
}
