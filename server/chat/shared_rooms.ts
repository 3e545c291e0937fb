import type { Audience, Subscriber } from "../fanout/audience.ts";

/**
 * Finds the IRC clients that share several rooms with a user. Other clients receive a frame for each of
 * these rooms when the user leaves the chat or has a new name. A line of IRC holds for all rooms, and a
 * second one would be about a user that the client does not know any more.
 */
export class SharedRooms {
  readonly #reached = new Set<Subscriber>();

  /** @returns `undefined` for a user in fewer than two rooms, with whom no client shares several. */
  static of(rooms: number): SharedRooms | undefined {
    return rooms > 1 ? new SharedRooms() : undefined;
  }

  /** The IRC clients of the next room with an announcement that are also in an earlier one. */
  reachedBefore({ batches }: Audience): readonly Subscriber[] {
    const found: Subscriber[] = [];
    for (const { format, subscribers } of batches) {
      if (format.kind !== "irc") continue;
      for (const subscriber of subscribers) {
        if (this.#reached.has(subscriber)) found.push(subscriber);
        else this.#reached.add(subscriber);
      }
    }
    return found;
  }
}
