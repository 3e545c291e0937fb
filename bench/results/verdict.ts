import { LATE } from "../load/generator_health.ts";
import type { ServerLimits } from "../monitoring/server_limits.ts";

/**
 * The factor that limited the speed of a run:
 *
 * - `server`: the server's CPU was busy, or the server fell behind, stood still or lost deliveries.
 * - `client`: the load tester itself was late or busy.
 * - `rate`: the requested rate; everything kept up with it.
 * - `window`: the maximum of messages in flight. Whether more would be faster is unknown.
 * - `throttle`: the server's limit of messages per second of one client.
 */
export type Limit = "server" | "client" | "rate" | "window" | "throttle";

/** The factor that limited the speed of a run. */
export interface LimitVerdict {
  /** `null` if the measurements do not show it. */
  readonly limitedBy: Limit | null;
  /** The reason of the decision: a sentence without a full stop. */
  readonly reason: string;
}

/** Lateness and CPU time of the load tester's own process. */
export interface ClientEvidence {
  /** 99th percentile of the delay of messages, in microseconds; `null` in a closed loop. */
  readonly slipP99: number | null;
  /** How late the event loop was for 99 % of the time, in microseconds. */
  readonly lagP99: number | null;
  /** How late the event loop was at most, in microseconds. */
  readonly lagMax: number | null;
  /** The share of the time that the busiest thread was on a processor. */
  readonly cpu: number;
  /** The share that the process used of all the processors that it may use. */
  readonly processCpu: number;
}

/** CPU time of the server's process. */
export interface ServerEvidence {
  /** Of one core: 2 is two cores. */
  readonly cpu: number;
  /** The share of the time that the busiest thread was on a processor; `null` if unknown. */
  readonly thread: number | null;
}

/** The evidence for a verdict on a run with messages. */
export interface Evidence extends ClientEvidence {
  /** Requested messages per second; of a ramp, those that were sent per second; `null` in a closed
   * loop. */
  readonly rate: number | null;
  /** Connections that send. */
  readonly senders: number;
  /** Messages that were sent. */
  readonly messages: number;
  /** How long messages were sent. */
  readonly seconds: number;
  /** Messages were sent before that are not counted: they have used up what a server admits at once. */
  readonly isWarm: boolean;
  /** Messages that were due and were not sent, but for a server that was overloaded. */
  readonly unsent: number;
  /** Deliveries that did not come, but for a run that was ended early. */
  readonly lost: number;
  /** The run was ended because too much was in flight. */
  readonly isOverloaded: boolean;
  /** Threads that had something to send. */
  readonly sendingThreads: number;
  /** Those of them in which no connection was left that could send. */
  readonly desertedThreads: number;
  /** Messages that had not come to all receivers when half of the time was over. */
  readonly inFlightHalfway: number;
  /** Messages that had not come to all receivers when sending ended. */
  readonly leftInFlight: number;
  /** In a closed loop, how long nothing had come in when sending ended, in seconds; else 0. */
  readonly silentSeconds: number;
  /** Half of the deliveries took no longer, in microseconds. `null` where nothing came in. */
  readonly latencyP50: number | null;
  /** The longest delivery, in microseconds. */
  readonly latencyMax: number | null;
  /** `null` where the server was not watched. */
  readonly server: ServerEvidence | null;
  /** The server's message limit for one client; `null` if it has none or does not report it. */
  readonly limits: ServerLimits | null;
}

/** From here on, a thread is busy all the time. */
export const BUSY = 0.9;

/** From here on, a process stood still: 0.5 s. */
export const STANDSTILL = 500_000;

/** How many times longer than the median a delivery must take to show that the server stood still. */
const TIMES_MEDIAN = 3;

/** In a closed loop, the part of the time that a standstill must take to be what limits. */
const PART_OF_RUN = 0.05;

/** Of the messages that a server's limit admits, the part that shows that the limit was reached. */
const THROTTLED = 0.9;

/** How many times further behind than the client was late a server must be to be named before it. */
const FURTHER = 10;

/** By how much of a second's messages, and of all, a queue must have grown. */
const GROWTH = { ofSecond: 0.1, ofAll: 0.02 } as const;

/**
 * Decides what limited a run, by these rules in this order.
 *
 * 1. The server admits fewer messages of each client than were to be sent, and the run reached that:
 *    the throttle.
 * 2. More was in flight than is kept, or no connection was left: the server.
 * 3. Nothing came in: unknown.
 * 4. In an open loop, the server fell behind the rate, or it stood still (see 6), and ten times
 *    further than the client was late, whose thread was not busy: the server. It fell behind if more
 *    was in flight when sending ended than halfway, by more than the rate makes in 0.1 s and by more
 *    than 2 % of all messages: a queue that grows, where a long way alone makes none.
 * 5. Messages could not be sent when due, or 1 % of them left over 10 ms late; the client's thread
 *    was on a processor for 90 % of the time, or its process used 90 % of its processors; its event
 *    loop was over 10 ms late for 1 % of the time, or once for 0.5 s, in a closed loop also 5 % of the
 *    time if that is longer: the client.
 * 6. A delivery took 0.5 s longer than the median and three times as long, and twice as long as the
 *    client was late at most: the server stood still. In a closed loop only if that was 5 % of the time.
 *    A closed loop in which nothing came in for as long, up to the end of sending, is judged likewise:
 *    what may be in flight was lost, or stuck.
 * 7. In a closed loop it is the server if its CPU was watched and busy, else the window: all messages
 *    that may be in flight were, and that is all that is known.
 * 8. In an open loop it is the server if it fell behind at all, or if deliveries were lost.
 * 9. Otherwise it was the rate: everything kept up with it.
 */
export function verdictOf(evidence: Evidence): LimitVerdict {
  const { rate, unsent, isOverloaded, latencyP50, cpu } = evidence;
  const behind = secondsBehind(evidence);
  if (isThrottled(evidence, behind)) return throttle(evidence.limits!);
  if (isOverloaded) return server("the number of messages in flight reached its maximum");
  const { desertedThreads, sendingThreads } = evidence;
  if (desertedThreads > 0) {
    const where = threadsText(desertedThreads, sendingThreads);
    return server(`all sending connections were closed${where}`);
  }
  if (latencyP50 === null) return { limitedBy: null, reason: "nothing was received" };
  const isBehind = `it was ${behind.toFixed(1)} s behind the requested rate when sending ended`;
  const late = Math.max(evidence.slipP99 ?? 0, evidence.lagP99 ?? 0) / 1_000_000;
  const isFit = unsent === 0 && cpu < BUSY;
  if (behind > FURTHER * late && isFit) return server(isBehind);
  const still = standstill(evidence);
  const isLong = rate !== null || still > evidence.seconds * PART_OF_RUN;
  const longest = `the slowest delivery took ${still.toFixed(1)} s longer than the median`;
  if (still > FURTHER * late && isLong && isFit) return server(longest);
  const silence = silenceOf(evidence);
  const isSilent = silence > evidence.seconds * PART_OF_RUN;
  const nothing = `nothing was received in the last ${silence.toFixed(1)} s of sending`;
  if (silence > FURTHER * late && isSilent && isFit) return server(nothing);
  const ownReason = unsent > 0
    ? "it could not send all messages on time"
    : clientReason(evidence, rate === null ? evidence.seconds : 0);
  if (ownReason !== undefined) return { limitedBy: "client", reason: ownReason };
  if (still > 0 && isLong) return server(longest);
  if (isSilent) return server(nothing);
  if (rate === null) {
    return closedLoop(evidence, still > 0 ? `; ${longest}` : "");
  }
  if (behind > 0) return server(isBehind);
  if (evidence.lost > 0) return server("all messages were sent on time, but not all were received");
  return {
    limitedBy: "rate",
    reason: "all messages were sent on time, and the server kept up",
  };
}

/** The verdict that the server's CPU was busy; `undefined` otherwise. */
export function serverBusy(server: ServerEvidence | null): LimitVerdict | undefined {
  if (server === null || (server.thread ?? server.cpu) < BUSY) return undefined;
  return {
    limitedBy: "server",
    reason: server.thread === null
      ? `it used ${percent(server.cpu)} of a CPU core`
      : `its busiest thread used ${percent(server.thread)} of a CPU core`,
  };
}

/**
 * The reason why the load tester itself was too slow; `undefined` if it was not.
 *
 * @param ofSeconds length of a closed loop, which may stand still once for a small part of its time;
 *   0 for any other run.
 */
export function clientReason(
  { slipP99, lagP99, lagMax, cpu, processCpu }: ClientEvidence,
  ofSeconds = 0,
): string | undefined {
  if (slipP99 !== null && slipP99 > LATE) {
    return `1% of the messages were sent more than ${milliseconds(slipP99)} late`;
  }
  if (cpu >= BUSY) return `its busiest thread used ${percent(cpu)} of a CPU core`;
  if (processCpu >= BUSY) {
    return `it used ${percent(processCpu)} of the available CPU cores`;
  }
  if (lagP99 !== null && lagP99 > LATE) {
    return `its event loop was delayed by more than ${milliseconds(lagP99)} for 1% of the time`;
  }
  if (lagMax !== null && lagMax >= Math.max(STANDSTILL, ofSeconds * PART_OF_RUN * 1_000_000)) {
    return `its event loop was blocked for ${seconds(lagMax)}`;
  }
  return undefined;
}

/** A clause about the server's CPU, with its leading semicolon; empty if it was not watched. */
export function serverCpuText(server: ServerEvidence | null): string {
  return server === null ? "" : `; the server used ${percent(server.cpu)} of a CPU core`;
}

/** The number of affected threads; empty if all are affected. */
export function threadsText(some: number, all: number): string {
  return some === all ? "" : ` in ${some} of ${all} threads`;
}

/** A verdict that the server's limit of messages decided. */
export function throttle({ perSecond }: ServerLimits): LimitVerdict {
  return {
    limitedBy: "throttle",
    reason: `the server accepts ${perSecond} messages per second from each client; ` +
      "to measure more, start it with --rate off",
  };
}

function server(reason: string): LimitVerdict {
  return { limitedBy: "server", reason };
}

function closedLoop({ server: watched }: Evidence, more: string): LimitVerdict {
  return serverBusy(watched) ?? {
    limitedBy: "window",
    reason: "the maximum number of messages was in flight; to send more, raise -p or -w" +
      `${serverCpuText(watched)}${more}`,
  };
}

function isThrottled(evidence: Evidence, behind: number): boolean {
  const { limits, rate, messages, leftInFlight, senders, isWarm } = evidence;
  if (limits === null || evidence.latencyP50 === null) return false;
  const admitted = limits.perSecond * senders;
  if (rate !== null) return rate > admitted && (evidence.isOverloaded || behind > 0);
  const taken = messages - leftInFlight;
  const atOnce = senders * limits.burst;
  return taken >= THROTTLED * admitted * evidence.seconds &&
    (isWarm || taken >= THROTTLED * atOnce) &&
    taken <= atOnce + admitted * (evidence.seconds + 1);
}

/** How much longer than most a delivery took while the server stood still, in seconds; else 0. */
function standstill({ latencyP50, latencyMax, lagMax, slipP99 }: Evidence): number {
  if (latencyP50 === null || latencyMax === null) return 0;
  const longer = latencyMax - latencyP50;
  const isLong = longer >= STANDSTILL && latencyMax >= TIMES_MEDIAN * latencyP50;
  return isLong && longer >= 2 * Math.max(lagMax ?? 0, slipP99 ?? 0) ? longer / 1_000_000 : 0;
}

/** How long nothing had come in when sending ended, where that shows that the server stood still;
 * else 0. */
function silenceOf({ rate, silentSeconds, latencyP50, lagMax }: Evidence): number {
  if (rate !== null || latencyP50 === null) return 0;
  const silent = silentSeconds * 1_000_000;
  const isLong = silent >= STANDSTILL && silent >= TIMES_MEDIAN * latencyP50;
  return isLong && silent >= 2 * (lagMax ?? 0) ? silentSeconds : 0;
}

/** How far a server had fallen behind the rate, in seconds; 0 where it kept up. */
function secondsBehind({ rate, messages, inFlightHalfway, leftInFlight }: Evidence): number {
  if (rate === null) return 0;
  const growth = leftInFlight - inFlightHalfway;
  return growth > GROWTH.ofSecond * rate && growth > GROWTH.ofAll * messages
    ? leftInFlight / rate
    : 0;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function milliseconds(microseconds: number): string {
  return `${Math.round(microseconds / 1000)} ms`;
}

function seconds(microseconds: number): string {
  return `${(microseconds / 1_000_000).toFixed(1)} s`;
}
