import type { InFlightTracker } from "../ledger/in_flight_tracker.ts";
import { LatencyRuns } from "../ledger/latency_runs.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";

/** Deliveries to the separate members of a group, and to the others. */
export interface SeparateDeliveries {
  /** To the others. */
  readonly others: LedgerTotals;
  /** To the separate members. Deliveries that are neither received, skipped nor cut off are missing. */
  readonly separate: Pick<LedgerTotals, "expected" | "received" | "skipped" | "cutOff">;
  /** Number of broken connections, of the separate members and of the others. */
  readonly broken: { readonly separate: number; readonly others: number };
}

/** The members of a group from a number on, whose deliveries count in no latency and on their own. */
export class SeparateMembers {
  /** By separate member: distinct deliveries. */
  readonly #received = new Map<number, number>();
  /** By member: messages that the server has reported as skipped. */
  readonly #skipped = new Map<number, number>();
  readonly #broken = new Set<number>();
  readonly #latencies = new LatencyRuns();

  /**
   * @param first number of the first separate member.
   * @param members number of all members.
   */
  constructor(
    private readonly tracker: InFlightTracker,
    private readonly first: number,
    private readonly members: number,
  ) {}

  includes(member: number): boolean {
    return member >= this.first;
  }

  /** Reads data of a separate member; see {@link InFlightTracker.receive}. */
  receive(member: number, chunk: Buffer): boolean {
    const { latencies, ledger: { received: before } } = this.tracker;
    this.tracker.latencies = this.#latencies;
    const isComplete = this.tracker.receive(member, chunk);
    this.tracker.latencies = latencies;
    const received = this.tracker.ledger.received - before;
    this.#received.set(member, (this.#received.get(member) ?? 0) + received);
    return isComplete;
  }

  onSkipped(member: number, count: number): void {
    this.#skipped.set(member, (this.#skipped.get(member) ?? 0) + count);
  }

  onBreak(member: number): void {
    this.#broken.add(member);
  }

  deliveries(): SeparateDeliveries {
    const { ledger } = this.tracker;
    const all = ledger.totals();
    const sum = { expected: 0, received: 0, skipped: 0, cutOff: 0 };
    let unread = 0;
    for (let member = this.first; member < this.members; member++) {
      const { expected, cutOff } = ledger.accountOf(member);
      const received = this.#received.get(member) ?? 0;
      const skipped = this.#skipped.get(member) ?? 0;
      sum.expected += expected;
      sum.received += received;
      sum.skipped += skipped;
      unread += cutOff;
      // A connection that broke has cut off all that was neither received nor reported as skipped.
      sum.cutOff += this.#broken.has(member) ? expected - received - skipped : cutOff;
    }
    const expected = all.expected - sum.expected;
    const received = all.received - sum.received;
    const cutOff = all.cutOff - unread;
    const missing = Math.max(expected - received - cutOff - all.corrupted, 0);
    const skipped = Math.min(total(this.#skipped.values()) - sum.skipped, missing);
    const separate = [...this.#broken].filter((member) => this.includes(member)).length;
    return {
      others: { ...all, expected, received, cutOff, skipped, lost: missing - skipped },
      separate: sum,
      broken: { separate, others: this.#broken.size - separate },
    };
  }
}

function total(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
