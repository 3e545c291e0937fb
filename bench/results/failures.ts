import { counted, grouped } from "../format.ts";
import { DELIVERY_FAULTS, type LedgerTotals } from "../ledger/ledger_totals.ts";
import { type ErrorCount, errorWords } from "../load/error_tally.ts";
import type { Measurement } from "../load/measurement.ts";
import { type Target, targetText } from "../load/options.ts";

/** The failure of a run in which not all connections joined; empty if all did. */
export function joinFailures(
  target: Target,
  connections: number,
  joined: number,
  errors: readonly ErrorCount[],
  cannotJoin = "Cannot join the chat at",
): string[] {
  if (joined >= connections) return [];
  const first = errors.find(({ phase }) => phase !== "run");
  const reason = first === undefined ? "" : `: ${errorWords(first)}`;
  return [
    joined === 0
      ? `${cannotJoin} ${targetText(target)}${reason}.`
      : `Only ${grouped(joined)} of ${counted(connections, "connection")} joined${reason}.`,
  ];
}

/** The failures of deliveries, one sentence each. */
export function deliveryFailures(
  totals: LedgerTotals,
  words: { readonly delivery: string; readonly deliveries: string } = DELIVERY_WORDS,
): string[] {
  return DELIVERY_FAULTS.flatMap((fault) =>
    totals[fault] === 0
      ? []
      : [`${counted(totals[fault], words.delivery, words.deliveries)} ${fault}.`]
  );
}

/** The failures of a run of messages among connections, without the errors during it. */
export function messageFailures(
  target: Target,
  connections: number,
  { joined, deliveries, errors, interrupted }: Measurement,
): string[] {
  const isSilent = joined > 1 && deliveries.received === 0 && !interrupted;
  return [
    ...interrupted ? [] : joinFailures(target, connections, joined, errors),
    ...isSilent ? ["No message was delivered."] : [],
    ...deliveryFailures(deliveries),
  ];
}

const DELIVERY_WORDS = { delivery: "delivery", deliveries: "deliveries" };
