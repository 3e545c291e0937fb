import type { FullOptions } from "../load/options.ts";

/** The part of a load that one of several threads carries. */
export interface WorkerAssignment {
  readonly options: FullOptions;
  /** How many connections all threads have. */
  readonly connections: number;
  /** How many connections the threads before have. */
  readonly firstConnection: number;
  /** How many senders the threads before have. */
  readonly firstSender: number;
  /** How much later than the others it begins, in seconds: as its messages lie between theirs. */
  readonly delaySeconds: number;
}

/**
 * Deals a load to threads: connections and senders as evenly as whole numbers go, and the rate or the
 * amount by how many of the senders a thread has.
 */
export function assignmentsOf(options: FullOptions): WorkerAssignment[] {
  const { workers, connections, connectRate, senders, amount, rate } = options;
  const assignments: WorkerAssignment[] = [];
  const perSecond = typeof rate === "object" ? rate.to : rate ?? 0;
  let firstConnection = 0;
  let firstSender = 0;
  for (let index = 0; index < workers; index++) {
    const own = part(senders, workers, index);
    const ownConnections = part(connections, workers, index);
    const amountBefore = (count: number) => Math.round((amount ?? 0) * count / senders);
    const ratio = own / senders;
    assignments.push({
      options: {
        ...options,
        ...{ workers: 1, connections: ownConnections, senders: own },
        ...connectRate === undefined
          ? undefined
          : { connectRate: connectRate * ownConnections / connections },
        ...amount === undefined
          ? undefined
          : { amount: amountBefore(firstSender + own) - amountBefore(firstSender) },
        ...rate === undefined ? undefined : {
          rate: typeof rate === "number"
            ? rate * ratio
            : { ...rate, from: rate.from * ratio, to: rate.to * ratio },
        },
      },
      connections,
      firstConnection,
      firstSender,
      delaySeconds: perSecond > 0 ? index / perSecond : 0,
    });
    firstConnection += ownConnections;
    firstSender += own;
  }
  return assignments;
}

function part(whole: number, parts: number, index: number): number {
  return Math.floor(whole / parts) + (index < whole % parts ? 1 : 0);
}
