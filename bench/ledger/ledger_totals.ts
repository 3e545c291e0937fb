/**
 * What a run's ledger adds up to. Counted in deliveries: one message to one receiver.
 *
 * `expected` is `received` + `lost` + `cutOff` + `skipped` + `corrupted`.
 */
export interface LedgerTotals {
  /** What was sent to receivers that were connected then. */
  readonly expected: number;
  /** What was expected and came in, each once. */
  readonly received: number;
  /** What never came in, and nothing is known of. */
  readonly lost: number;
  /** What had not come in when a connection closed: that of the receiver, or that of the sender, of
   * messages that no receiver got. */
  readonly cutOff: number;
  /** What the server reported as not delivered to a slow receiver. */
  readonly skipped: number;
  /** What came in with changed bytes, or cut short. */
  readonly corrupted: number;
  /** What came in once more. */
  readonly duplicated: number;
  /** What came in after a later message of the same sender, as RFC 4737 counts it: of two messages
   * that changed places, one. They are `received` too. */
  readonly reordered: number;
  /** What came to a connection that was not to get it, the sender itself above all, and what nobody
   * had sent. */
  readonly misdelivered: number;
}

/** What several ledgers add up to, of which each counts what no other does. */
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

/** The totals that fail a run, in the order in which they are told. A connection that closed is an
 * error of its own. */
export const DELIVERY_FAULTS = [
  "lost",
  "skipped",
  "corrupted",
  "duplicated",
  "reordered",
  "misdelivered",
] as const satisfies readonly (keyof LedgerTotals)[];
