import type { Subscriber } from "../fanout/audience.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";

const NO_SUBSCRIBERS: readonly Subscriber[] = [];

/**
 * The members who ignore a user. A user is ignored under the name at the time of `/ignore`, also in a
 * later session, and under each name that the user takes after it.
 */
export class Ignorers {
  /** By the key of the ignored name. */
  readonly #ignorers = new Map<string, Set<Member>>();

  add(member: Member, key: string, currentKey = key): void {
    this.remove(member, key);
    member.ignored.set(key, currentKey);
    this.#index(member, key);
    this.#index(member, currentKey);
  }

  /**
   * @param key of the name that was ignored, or of the user's name now.
   * @returns whether the name was ignored.
   */
  remove(member: Member, key: string): boolean {
    const keys = member.ignored.remove(key);
    for (const each of keys) this.#index(member, each);
    return keys.size > 0;
  }

  /** A user has another name: the members who ignore them still do. */
  follow(from: string, to: string): void {
    for (const member of [...this.#ignorers.get(from) ?? []]) {
      member.ignored.follow(from, to);
      this.#index(member, from);
      this.#index(member, to);
    }
  }

  /** Removes a member who has left. */
  forget(member: Member): void {
    for (const [chosen] of [...member.ignored]) this.remove(member, chosen);
  }

  /** The connected members of a room who ignore the member. */
  of(member: Member, room: Room): readonly Subscriber[] {
    const ignorers = this.#ignorers.get(member.key);
    if (ignorers === undefined) return NO_SUBSCRIBERS;
    return [...ignorers]
      .filter((ignorer) => ignorer.isIn(room))
      .flatMap((ignorer) => ignorer.subscriber ?? []);
  }

  #index(member: Member, key: string): void {
    const ignorers = this.#ignorers.get(key) ?? new Set();
    if (member.ignores(key)) this.#ignorers.set(key, ignorers.add(member));
    else if (ignorers.delete(member) && ignorers.size === 0) this.#ignorers.delete(key);
  }
}
