import { LatencyRuns } from "./latency_runs.ts";
import type { Audience } from "./ledger.ts";
import type { PayloadCodec } from "./payload_codec.ts";
import type { RunMemory } from "./run_memory.ts";
import { ScannedChunks } from "./scanned_chunks.ts";

/** What an {@link InFlightTracker} tracks. */
export interface InFlightTrackerOptions {
  /** Number of connections in this thread. The first of them are the senders. */
  readonly receivers: number;
  readonly senders: number;
  /** The index of the first sender among those of all threads, as in payloads. Default: 0. */
  readonly firstSender?: number;
  /** Shared by the threads of the run. Default: there is one thread. */
  readonly memory?: RunMemory;
  /** Index of this thread. Default: 0. */
  readonly thread?: number;
  /** Who is to get a message. */
  readonly audience: Audience;
  /** Maximum number of messages in flight per sender. */
  readonly window: number;
  /** Messages have a time at which they are due. Otherwise that is when they are sent. */
  readonly isPaced?: boolean;
  readonly codec: PayloadCodec;
  /** Microseconds, from any point, never back. */
  readonly now: () => number;
  /** Reads a notice, and returns whether it contained anything; see {@link NoticeFilter}. */
  readonly readNotice?: (receiver: number, text: string) => boolean;
  /** Check whether all receivers get all messages in one order. */
  readonly isOrdered?: boolean;
  /** Senders get their own messages too. For the audience `others` these do not count. */
  readonly echoes?: boolean;
  /** Shared by the trackers of a thread. Default: nothing. */
  readonly shared?: SharedTrackerState;
}

/** What the trackers of a thread may share, since each of these takes memory. */
export class SharedTrackerState {
  readonly chunks: ScannedChunks;
  readonly latencies = new LatencyRuns();
  readonly firstLatencies = new LatencyRuns();
  readonly lastLatencies = new LatencyRuns();
  readonly serviceTimes = new LatencyRuns();

  /** @param isOrdered the order of all messages is checked. */
  constructor(isOrdered: boolean) {
    this.chunks = new ScannedChunks(isOrdered);
  }
}
