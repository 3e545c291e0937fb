import type { LoadOptions } from "./options.ts";
import type { Pace } from "./pacer.ts";
import { profileOf } from "../profiles/mod.ts";

/** Maximum of messages in flight in an open loop: their times and counts take 24 bytes each. */
const MAX_MESSAGES = 2_097_152;

/** Maximum of their bytes: with a server that does not read they are in this program's memory. */
const MAX_BYTES = 268_435_456;

/** Minimum of messages in flight, for any rate. */
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
  // The timeout is checked once per second.
  const needed = Math.max(perSecond * (timeoutSeconds + 2), LEAST);
  return Math.ceil(Math.min(needed, MAX_MESSAGES, MAX_BYTES / messageBytes));
}
