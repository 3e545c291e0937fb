import { ErrorTally, runFailures } from "../load/error_tally.ts";
import { LatencyHistogram, type LatencySummary } from "../ledger/latency_histogram.ts";
import { type LedgerTotals, sumOfTotals } from "../ledger/ledger_totals.ts";
import type { Profile } from "../profiles/profile.ts";
import { json } from "../profiles/json.ts";
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

/** What to measure. */
export interface RoomsOptions extends TrialOptions {
  /** Only hubbub's JSON lines can say at once which room to go to. */
  readonly profile: "json";
  /** How many rooms there are. */
  readonly rooms: number;
  /** Of all rooms together, split evenly; at least two for each. */
  readonly connections: number;
  /** Of all rooms together, split evenly. One member of each room sends. */
  readonly messagesPerSecond: number;
  /** Length of a message's text. */
  readonly payloadBytes: number;
  /** How long is sent. */
  readonly durationSeconds: number;
}

/** What was found. As JSON it is what `--json` prints. */
export interface RoomsResult extends ServerTrialResult {
  /** Tells this result from that of another trial. */
  readonly scenario: "rooms";
  /** How many rooms there were to be. */
  readonly rooms: number;
  /** Messages sent, in all rooms. */
  readonly messages: number;
  /** Of all rooms. What came to a wrong room is `misdelivered`. */
  readonly deliveries: LedgerTotals;
  /** `null` when nothing was delivered. */
  readonly latencyMicroseconds: LatencySummary | null;
}

/** Many rooms at a time, in each of which somebody talks. */
export async function rooms(
  options: RoomsOptions,
  environment: Environment,
): Promise<RoomsResult> {
  const { target, profile, connections, durationSeconds, messagesPerSecond } = options;
  const { signal, runId } = environment;
  const errors = new ErrorTally();
  const latencies = new LatencyHistogram();
  const crowds: Awaited<ReturnType<typeof gathered>>[] = [];
  let begun = 0;
  for (let room = 0; room < options.rooms && !signal.aborted; room++) {
    const share = Math.floor((connections + room) / options.rooms);
    const speaking = jsonIn(`bench-${runId}-${room}`);
    const crowd = await gathered(share, `${room}-`, options, errors, environment, speaking, {
      ...{ connections, first: begun },
    });
    begun += share;
    crowds.push(crowd);
    // Whoever lets nobody into the first room need not be asked for the others.
    if (crowd.members.length === 0) break;
  }
  const chats = crowds.map(({ members }, room) => {
    const chat = new CheckedChat({
      timeoutSeconds: options.timeoutSeconds,
      ...{ members, senders: Math.min(1, members.length), firstSender: room, errors },
      ...{ messagesPerSecond: messagesPerSecond / options.rooms, profile: json },
      payloadBytes: options.payloadBytes,
    }, environment);
    chat.latencies = latencies;
    return chat;
  });
  const joined = crowds.reduce((sum, { members }) => sum + members.length, 0);
  if (joined > 1) {
    const quieten = tellProgress(chats, [joined, connections], durationSeconds, environment);
    chats.forEach((chat) => chat.start());
    await pause(durationSeconds * 1000, signal);
    await Promise.all(chats.map((chat) => chat.end()));
    quieten();
    const lost = signal.aborted ? 0 : sumOfTotals(chats.map(({ ledger }) => ledger.totals())).lost;
    environment.onTraffic?.(trafficOf(chats, latencies.summary(), lost));
  }
  await Promise.all(crowds.map((crowd) => crowd.close()));
  const deliveries = sumOfTotals(chats.map(({ ledger }) => ledger.totals()));
  const list = errors.list();
  return {
    ...{ scenario: "rooms", profile, target, connections, joined, rooms: options.rooms },
    messages: chats.reduce((sum, { ledger }) => sum + ledger.messages, 0),
    deliveries,
    latencyMicroseconds: latencies.summary(),
    errors: list,
    failures: [
      ...(signal.aborted ? [] : joinFailures(target, connections, joined, list)),
      ...(joined > 1 && deliveries.received === 0 && !signal.aborted
        ? ["Nothing was delivered."]
        : []),
      ...deliveryFailures(deliveries),
      ...runFailures(list),
    ],
    interrupted: signal.aborted,
  };
}

/** JSON lines that go to a room at once. */
function jsonIn(room: string): Profile {
  return {
    ...json,
    login: (name) => JSON.stringify({ type: "hello", name, room }) + "\n",
  };
}
