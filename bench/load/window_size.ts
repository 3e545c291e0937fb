import type { LoadOptions } from "./options.ts";
import type { Pace } from "./pacer.ts";
import { profileOf } from "../profiles/mod.ts";

/** Maximum of messages in flight in an open loop: when each was due and written, and how many threads wait
 * for it, take 20 bytes, in a ring with up to twice as many places. */
const MAX_MESSAGES = 2_097_152;

/** Maximum of their bytes: if the server does not read, they wait in the memory of this process. */
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
 * How many messages may be in flight in an open loop before a run ends as overloaded: those of the
 * timeout and two seconds more at the given rate, the higher end of a ramp; at least 4096, at most
 * 2,097,152, and at most 256 MiB.
 *
 * @param messageBytes encoded length of one message.
 */
export function maxInFlight(
  { rate, timeoutSeconds }: { readonly rate?: Pace; readonly timeoutSeconds: number },
  messageBytes: number,
): number {
  const perSecond = typeof rate === "object" ? Math.max(rate.from, rate.to) : rate ?? 0;
  // Messages expire in a check once per second.
  const needed = Math.max(perSecond * (timeoutSeconds + 2), LEAST);
  return Math.ceil(Math.min(needed, MAX_MESSAGES, MAX_BYTES / messageBytes));
}
