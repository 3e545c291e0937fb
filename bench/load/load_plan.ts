import type { ByteString } from "../../protocol/byte_string.ts";
import type { Audience } from "../ledger/ledger.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import type { Connection, Failure } from "./connection.ts";
import type { Sending, SendingOptions } from "./sending.ts";

/** Connections that each receive what the senders among them send. */
export interface LoadGroup {
  /** Joined connections; the first of them send. */
  readonly members: readonly Connection[];
  readonly senders: number;
  /** Number of its first sender in payloads, among all of the run. Default: that of the thread. */
  readonly firstSender?: number;
}

/** A part of a load whose latencies are recorded separately. */
export interface LoadPhase {
  readonly name: string;
  /** Its duration. The last one lasts to the end; with 0 it begins when all threads have ended
   * sending. */
  readonly seconds: number;
  /** Called when it begins. */
  readonly begin?: () => void;
}

export interface LoadPlan {
  readonly groups: readonly LoadGroup[];
  /** The receivers of a message: the other members of the group, or the sender itself. */
  readonly audience: Audience;
  /** The memory of threads that share a group. */
  readonly memory?: RunMemory | undefined;
  readonly phases?: readonly LoadPhase[];
  /** Time after which a message expires while others are sent, in seconds. Default: the timeout. */
  readonly patienceSeconds?: number;
  /** Makes the frame of a message. Default: that of the profile. @param sender among those of all groups. */
  readonly message?: (text: ByteString, sender: number) => ByteString;
  /** Makes the loop. Default: by the options, a {@link ClosedLoop} or an {@link OpenLoop}. */
  readonly loop?: (options: SendingOptions) => Sending;
  /** Members of the first group from this number on are {@link SeparateMembers}. Default: none. */
  readonly firstSeparate?: number;
  /** Called when a member's connection has broken, and at the start for those that had broken before. */
  readonly onBreak?: (member: number, failure: Failure) => void;
}
