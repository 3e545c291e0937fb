import type { Member } from "../member.ts";

/** An offer or transfer that takes one of a bounded number of places. */
export interface PlaceHolder {
  /** The members for whom it takes the place. */
  readonly holders: readonly Member[];
}

/**
 * Chooses the place holder that is removed for a newcomer when all places are taken.
 *
 * Max-min fairness, first among addresses, then among members: the one with the most places loses its
 * newest, if it then still has no fewer than the newcomer. One client, or one address with many
 * clients, cannot take all places.
 *
 * @param taken the place holders, oldest first.
 * @param newcomers the members who need a place.
 * @returns the one to remove; `undefined` if the newcomers have their share.
 */
export function fairVictim<Taken extends PlaceHolder>(
  taken: readonly Taken[],
  newcomers: readonly Member[],
): Taken | undefined {
  return victimBy(taken, newcomers, ({ addressKey }) => addressKey) ??
    victimBy(taken, newcomers, (member) => member);
}

function victimBy<Taken extends PlaceHolder>(
  taken: readonly Taken[],
  newcomers: readonly Member[],
  keyOf: (member: Member) => unknown,
): Taken | undefined {
  const counts = new Map<unknown, number>();
  const count = (key: unknown) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { holders } of taken) {
    // A set for each of 4096 offers would take 0.6 ms (measured).
    if (holders.length === 1) count(keyOf(holders[0]!));
    else new Set(holders.map(keyOf)).forEach(count);
  }
  const share = Math.max(...newcomers.map((member) => counts.get(keyOf(member)) ?? 0));
  const [greediest, most] = [...counts].reduce((one, other) => other[1] > one[1] ? other : one, [
    undefined as unknown,
    0,
  ]);
  if (most <= share + 1) return undefined;
  return taken.findLast(({ holders }) => holders.some((holder) => keyOf(holder) === greediest));
}
