import type { FullOptions } from "../load/options.ts";

/** The part of a load for one of several threads. */
export interface WorkerAssignment<Options = FullOptions> {
  readonly options: Options;
  /** Connections of all threads. */
  readonly totalConnections: number;
  /** Number of connections of the threads before. */
  readonly firstConnection: number;
  /** Number of senders of the threads before. */
  readonly firstSender: number;
  /** Delay of its start, in seconds: its messages are between those of the others. */
  readonly delaySeconds: number;
}

/** The share of a thread. */
export interface Portion {
  /** Number of the thread, from 0. */
  readonly index: number;
  readonly connections: number;
  readonly senders: number;
  /** Numbers of those in the threads before this one. */
  readonly firstConnection: number;
  readonly firstSender: number;
  /** The share of all connections, and of all senders, 0 to 1. */
  readonly connectionShare: number;
  readonly senderShare: number;
}

/** The size of a load. */
export interface DealtLoad {
  /** Threads. Default 1. */
  readonly workers?: number;
  readonly connections: number;
  /** Default: none. */
  readonly senders?: number;
  /** Messages per second; 0 without a rate. Default 0. */
  readonly perSecond?: number;
}

/**
 * Deals a load to threads: connections and senders as evenly as whole numbers go.
 *
 * @throws {RangeError} where there are fewer connections than threads.
 */
export function deal<Options>(
  { workers = 1, connections, senders = 0, perSecond = 0 }: DealtLoad,
  optionsOf: (portion: Portion) => Options,
): WorkerAssignment<Options>[] {
  if (workers > connections) {
    throw new RangeError(
      `Cannot use ${workers} workers with ${connections} connections: each needs one`,
    );
  }
  let firstConnection = 0;
  let firstSender = 0;
  return Array.from({ length: workers }, (_, index) => {
    const own = { connections: part(connections, workers, index), first: firstConnection };
    const sending = { senders: part(senders, workers, index), first: firstSender };
    firstConnection += own.connections;
    firstSender += sending.senders;
    const place = { firstConnection: own.first, firstSender: sending.first };
    const portion = {
      ...{ index, connections: own.connections, senders: sending.senders, ...place },
      connectionShare: own.connections / connections,
      senderShare: senders === 0 ? 0 : sending.senders / senders,
    };
    return {
      ...{ options: optionsOf(portion), totalConnections: connections, ...place },
      delaySeconds: perSecond > 0 ? index / perSecond : 0,
    };
  });
}

/**
 * Deals a load of messages at an even rate.
 *
 * @param own other options of a thread. Default: those of all.
 */
export function dealPaced<Options extends DealtLoad & { readonly messagesPerSecond: number }>(
  options: Options,
  own: (portion: Portion) => Partial<Options> = () => ({}),
): WorkerAssignment<Options>[] {
  const { messagesPerSecond: perSecond } = options;
  return deal({ ...options, perSecond }, (portion) => ({
    ...options,
    ...{ connections: portion.connections, senders: portion.senders },
    messagesPerSecond: perSecond * portion.senderShare,
    ...own(portion),
  }));
}

/** Deals a load of messages: the rate or the amount in proportion to the senders of a thread. */
export function assignmentsOf(options: FullOptions): WorkerAssignment[] {
  const { connectRate, senders, amount, rate } = options;
  const perSecond = typeof rate === "object" ? rate.to : rate ?? 0;
  const amountBefore = (count: number) => Math.round((amount ?? 0) * count / senders);
  return deal({ ...options, perSecond }, (portion) => ({
    ...options,
    ...{ workers: 1, connections: portion.connections, senders: portion.senders },
    ...connectRate === undefined
      ? undefined
      : { connectRate: connectRate * portion.connectionShare },
    ...amount === undefined ? undefined : {
      amount: amountBefore(portion.firstSender + portion.senders) -
        amountBefore(portion.firstSender),
    },
    ...rate === undefined ? undefined : {
      rate: typeof rate === "number" ? rate * portion.senderShare : {
        ...rate,
        ...{ from: rate.from * portion.senderShare, to: rate.to * portion.senderShare },
      },
    },
  }));
}

/** The part of a whole number for one of several threads. */
export function part(whole: number, parts: number, index: number): number {
  return Math.floor(whole / parts) + (index < whole % parts ? 1 : 0);
}
