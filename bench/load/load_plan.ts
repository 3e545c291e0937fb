import type { Audience } from "../ledger/ledger.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import type { Connection, Failure } from "./connection.ts";
import type { Sending, SendingOptions } from "./sending.ts";

/** Connections that each receive what the senders among them send. */
export interface LoadGroup {
  /** Those that have joined. The first of them send. */
  readonly members: readonly Connection[];
  readonly senders: number;
  /** Number of its first sender in payloads, among all of the run. Default: that of the thread. */
  readonly firstSender?: number;
}

/** A part of a load whose latencies are recorded apart. */
export interface Phase {
  readonly name: string;
  /** How long it takes. That of the last one is not looked at: it lasts to the end, or with 0 it begins
   * when all threads have ended sending. */
  readonly seconds: number;
  /** Does what is special in it, when it begins. */
  readonly begin?: () => void;
}

/** Which load. */
export interface LoadPlan {
  readonly groups: readonly LoadGroup[];
  /** Who is to get what a sender sends: the other members of its group, or the sender itself. */
  readonly audience: Audience;
  /** What the threads of this run share, where they have a group in common. */
  readonly memory?: RunMemory | undefined;
  readonly phases?: readonly Phase[];
  /** How long messages are waited for while others are sent, in seconds. Default: the time-out. */
  readonly patienceSeconds?: number;
  /** When messages are sent. Default: by the options, a {@link ClosedLoop} or an {@link OpenLoop}. */
  readonly loop?: (options: SendingOptions) => Sending;
  /** Members of the first group from this number on do not count in any latency. Default: all count. */
  readonly measuredMembers?: number;
  /** Receives the numbers of messages that the server reports as skipped for a member. */
  readonly onSkipped?: (member: number, count: number) => void;
  /** Called when a member's connection has broken. */
  readonly onBreak?: (member: number, failure: Failure) => void;
}
