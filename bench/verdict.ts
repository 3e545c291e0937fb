/** What kept a run from being faster. */
export interface Verdict {
  /** The server, the load tester itself, or the rate that was asked for; `null` where nothing came in
   * from which it could be told. */
  readonly limitedBy: "server" | "client" | "rate" | null;
  /** How that was decided: a sentence. */
  readonly reason: string;
}

/** What a verdict is made from. Times are microseconds. */
export interface Evidence {
  /** Messages a second that were asked for, or `null` in a closed loop. */
  readonly rate: number | null;
  /** Messages that were sent. */
  readonly messages: number;
  /** Messages that were due and were not sent, but for a server that was overloaded. */
  readonly unsent: number;
  /** The run was ended because too much was in flight. */
  readonly isOverloaded: boolean;
  /** Messages that had not come to everybody when sending ended. */
  readonly leftInFlight: number;
  /** Half of the deliveries took no longer. `null` where nothing came in. */
  readonly latencyP50: number | null;
  /** How late messages were sent, or `null` in a closed loop. */
  readonly slipP99: number | null;
  /** How late the load tester's event loop was. */
  readonly lagP99: number | null;
  /** The share of the time that the load tester's busiest thread was on a processor. */
  readonly cpu: number;
}

/** From here on, a load tester is late: 10 ms. */
export const LATE = 10_000;

/** From here on, a thread is busy all the time. */
export const BUSY = 0.9;

/** How much more must be in flight at the end than the latency explains, for a server to fall behind.
 * Where the rate is just too high it is twice as much, since the latency grows all the time. */
const BEHIND = 1.5;

/** How much of a second's messages, and of all, must be in flight besides. */
const BEHIND_SHARES = { ofSecond: 0.1, ofAll: 0.02 } as const;

/**
 * Who was the slowest: the rule, in this order.
 *
 * 1. Nothing came in: nobody can tell.
 * 2. More was in flight than is kept: the server.
 * 3. Messages could not be sent when due, or 1 % of them left over 10 ms late: the client.
 * 4. The client's thread was on a processor for 90 % of the time, or 1 % of its timers came over 10 ms
 *    late: the client.
 * 5. In a closed loop what is left is the server: whatever the client could send it had sent.
 * 6. In an open loop it is the server if it fell behind: if, when sending ended, more was in flight
 *    than 1.5 times what the rate and the median latency make, more than the rate makes in 0.1 s, and
 *    more than 2 % of all messages.
 * 7. Otherwise it was the rate: everybody kept up with it.
 */
export function verdictOf(evidence: Evidence): Verdict {
  const { rate, messages, unsent, isOverloaded, leftInFlight, latencyP50 } = evidence;
  if (isOverloaded) {
    return { limitedBy: "server", reason: "more was in flight than the load tester keeps" };
  }
  if (latencyP50 === null) return { limitedBy: null, reason: "nothing came in" };
  const ownReason = whyClient(evidence);
  if (ownReason !== undefined) return { limitedBy: "client", reason: ownReason };
  if (rate === null) {
    const idle = percent(Math.max(1 - evidence.cpu, 0));
    return {
      limitedBy: "server",
      reason:
        `the load tester had sent all that it may have in flight, and was idle ${idle} of the time`,
    };
  }
  const isBehind = leftInFlight > BEHIND * rate * latencyP50 / 1_000_000 &&
    leftInFlight > BEHIND_SHARES.ofSecond * rate && leftInFlight > BEHIND_SHARES.ofAll * messages;
  if (isBehind) {
    const seconds = (leftInFlight / rate).toFixed(1);
    return {
      limitedBy: "server",
      reason: `it was ${seconds} s behind the rate when sending ended`,
    };
  }
  return {
    limitedBy: "rate",
    reason: unsent === 0
      ? "all messages were sent when due, and the server kept up"
      : "the server kept up",
  };
}

function whyClient({ unsent, slipP99, lagP99, cpu }: Evidence): string | undefined {
  if (unsent > 0) return "it could not send all messages when they were due";
  if (slipP99 !== null && slipP99 > LATE) {
    return `1 % of the messages were sent over ${milliseconds(slipP99)} late`;
  }
  if (cpu >= BUSY) return `its thread was busy ${percent(cpu)} of the time`;
  if (lagP99 !== null && lagP99 > LATE) {
    return `its event loop was over ${milliseconds(lagP99)} late 1 % of the time`;
  }
  return undefined;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function milliseconds(microseconds: number): string {
  return `${Math.round(microseconds / 1000)} ms`;
}
