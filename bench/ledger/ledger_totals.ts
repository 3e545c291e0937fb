/**
 * The totals of a run's ledger, in deliveries: one message to one receiver.
 *
 * `expected` is `received` + `lost` + `cutOff` + `skipped` + `corrupted`.
 */
export interface LedgerTotals {
  /** Sent to receivers that were connected at that time. */
  readonly expected: number;
  /** Expected and arrived, each counted once. */
  readonly received: number;
  /** Never arrived, for no known reason. */
  readonly lost: number;
  /** Had not arrived when the connection of the receiver closed; or that of the sender, if no receiver
   * got the message. */
  readonly cutOff: number;
  /** Reported by the server as not delivered to a slow receiver. */
  readonly skipped: number;
  /** Arrived with changed bytes, or cut short. */
  readonly corrupted: number;
  /** Arrived once more. */
  readonly duplicated: number;
  /** Arrived after a later message of the same sender, as RFC 4737 counts it: of two messages that
   * changed places, one. They are `received` too. */
  readonly reordered: number;
  /** Arrived at a connection that should not have received it, above all the sender itself, or
   * never sent. */
  readonly misdelivered: number;
}

/** The sum of several ledgers with receivers of their own. */
export function sumOfTotals(all: readonly LedgerTotals[]): LedgerTotals {
  const sum = {
    ...{ expected: 0, received: 0, lost: 0, cutOff: 0, skipped: 0, corrupted: 0 },
    ...{ duplicated: 0, reordered: 0, misdelivered: 0 },
  };
  for (const totals of all) {
    for (const key of Object.keys(sum) as (keyof LedgerTotals)[]) sum[key] += totals[key];
  }
  return sum;
}

/** The totals that fail a run, in the order in which they are reported. A connection that closed is an
 * error of its own. */
export const DELIVERY_FAULTS = [
  "lost",
  "skipped",
  "corrupted",
  "duplicated",
  "reordered",
  "misdelivered",
] as const satisfies readonly (keyof LedgerTotals)[];
