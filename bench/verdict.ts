/** What kept a run from being faster. */
export interface LimitVerdict {
  /** The server, the load tester itself, or the rate that was asked for; `null` where nothing came in
   * from which it could be told. */
  readonly limitedBy: "server" | "client" | "rate" | null;
  /** How that was decided: a sentence. */
  readonly reason: string;
}

/** What a verdict is made from. Times are microseconds. */
export interface Evidence {
  /** Messages a second that were asked for, of a ramp the mean; `null` in a closed loop. */
  readonly rate: number | null;
  /** Messages that were sent. */
  readonly messages: number;
  /** Messages that were due and were not sent, but for a server that was overloaded. */
  readonly unsent: number;
  /** The run was ended because too much was in flight. */
  readonly isOverloaded: boolean;
  /** Threads that had something to send. */
  readonly sendingThreads: number;
  /** Those of them in which no connection was left that could send. */
  readonly desertedThreads: number;
  /** Messages that had not come to everybody when half of the time was over. */
  readonly inFlightHalfway: number;
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

/** How many times further behind than the client was late a server must be to be named before it. */
const FURTHER = 10;

/** By how much of a second's messages, and of all, a queue must have grown. */
const GROWTH = { ofSecond: 0.1, ofAll: 0.02 } as const;

/**
 * Who was the slowest: the rule, in this order.
 *
 * 1. More was in flight than is kept, or no connection was left: the server.
 * 2. Nothing came in: nobody can tell.
 * 3. In an open loop, the server fell behind the rate, and ten times further than the client was
 *    late, whose thread was not busy: the server. It fell behind if more was in
 *    flight when sending ended than halfway, by more than the rate makes in 0.1 s and by more than 2 %
 *    of all messages: a queue that grows, where a long way alone makes none.
 * 4. Messages could not be sent when due, or 1 % of them left over 10 ms late: the client.
 * 5. The client's thread was on a processor for 90 % of the time, or 1 % of its timers came over 10 ms
 *    late: the client.
 * 6. In a closed loop what is left is the server: whatever the client could send it had sent.
 * 7. In an open loop it is the server if it fell behind at all.
 * 8. Otherwise it was the rate: everybody kept up with it.
 */
export function verdictOf(evidence: Evidence): LimitVerdict {
  const { rate, unsent, isOverloaded, latencyP50, slipP99, lagP99, cpu } = evidence;
  if (isOverloaded) return server("more was in flight than the load tester keeps");
  const { desertedThreads, sendingThreads } = evidence;
  if (desertedThreads > 0) {
    const where = threadsText(desertedThreads, sendingThreads);
    return server(`no connection was left that could send${where}`);
  }
  if (latencyP50 === null) return { limitedBy: null, reason: "nothing came in" };
  const behind = secondsBehind(evidence);
  const isBehind = `it was ${behind.toFixed(1)} s behind the rate when sending ended`;
  const late = Math.max(slipP99 ?? 0, lagP99 ?? 0) / 1_000_000;
  if (behind > FURTHER * late && unsent === 0 && cpu < BUSY) return server(isBehind);
  const ownReason = whyClient(evidence);
  if (ownReason !== undefined) return { limitedBy: "client", reason: ownReason };
  if (rate === null) {
    const idle = percent(Math.max(1 - cpu, 0));
    return server(
      `the load tester had sent all that it may have in flight, and was idle ${idle} of the time`,
    );
  }
  if (behind > 0) return server(isBehind);
  return {
    limitedBy: "rate",
    reason: "all messages were sent when due, and the server kept up",
  };
}

/** In how many of the threads, where it was not in all. */
export function threadsText(some: number, all: number): string {
  return some === all ? "" : ` in ${some} of ${all} threads`;
}

function server(reason: string): LimitVerdict {
  return { limitedBy: "server", reason };
}

/** How far a server had fallen behind the rate, in seconds; 0 where it kept up. */
function secondsBehind({ rate, messages, inFlightHalfway, leftInFlight }: Evidence): number {
  if (rate === null) return 0;
  const growth = leftInFlight - inFlightHalfway;
  return growth > GROWTH.ofSecond * rate && growth > GROWTH.ofAll * messages
    ? leftInFlight / rate
    : 0;
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
