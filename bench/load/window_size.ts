import type { LoadOptions } from "./options.ts";
import type { Pace } from "./pacer.ts";
import { profileOf } from "../profiles/mod.ts";

/** Most messages in flight in an open loop: their times and counts take 24 bytes each. */
const MAX_MESSAGES = 2_097_152;

/** Most bytes of them: a server that does not read leaves them in this program's memory. */
const MAX_BYTES = 268_435_456;

/** Fewest messages that are always allowed for. */
const LEAST = 4096;

/** The messages that each sender may have in flight. */
export function windowOf(options: LoadOptions, senders: number): number {
  if (options.rate === undefined) return options.pipelining;
  const message = profileOf(options).message(" ".repeat(options.payloadBytes));
  return Math.ceil(maxInFlight(options, message.length) / Math.max(senders, 1));
}

/**
 * How many messages may be in flight in an open loop before a run ends as overloaded: as many as the
 * rate makes within the time-out, but at most 2,097,152, or 256 MiB.
 *
 * @param messageBytes encoded length of one message.
 */
export function maxInFlight(
  { rate, timeoutSeconds }: { readonly rate?: Pace; readonly timeoutSeconds: number },
  messageBytes: number,
): number {
  const perSecond = typeof rate === "object" ? Math.max(rate.from, rate.to) : rate ?? 0;
  // The time-out is looked for once a second.
  const needed = Math.max(perSecond * (timeoutSeconds + 2), LEAST);
  return Math.ceil(Math.min(needed, MAX_MESSAGES, MAX_BYTES / messageBytes));
}
