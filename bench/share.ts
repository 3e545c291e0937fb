import type { FullOptions } from "./options.ts";

/** The part of a load that one of several threads carries. */
export interface Share {
  readonly options: FullOptions;
  /** How many connections the threads before have. */
  readonly firstConnection: number;
  /** How much later than the others it begins, in seconds: as its messages lie between theirs. */
  readonly delaySeconds: number;
}

/**
 * Deals a load to threads: connections and messages as evenly as whole numbers go, and the rate
 * exactly.
 */
export function sharesOf(options: FullOptions): Share[] {
  const { workers, connections, amount, rate } = options;
  const shares: Share[] = [];
  let firstConnection = 0;
  for (let index = 0; index < workers; index++) {
    const own = part(connections, workers, index);
    const perSecond = typeof rate === "object" ? rate.to : rate ?? 0;
    shares.push({
      options: {
        ...options,
        ...{ workers: 1, connections: own, senders: own },
        ...amount === undefined ? undefined : { amount: part(amount, workers, index) },
        ...rate === undefined ? undefined : {
          rate: typeof rate === "number"
            ? rate / workers
            : { ...rate, from: rate.from / workers, to: rate.to / workers },
        },
      },
      firstConnection,
      delaySeconds: perSecond > 0 ? index / perSecond : 0,
    });
    firstConnection += own;
  }
  return shares;
}

function part(whole: number, parts: number, index: number): number {
  return Math.floor(whole / parts) + (index < whole % parts ? 1 : 0);
}
