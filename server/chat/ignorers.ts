import type { Subscriber } from "../fanout/audience.ts";
import type { Member } from "./member.ts";

const NOBODY: readonly Subscriber[] = [];

/**
 * Who does not want to hear whom. Somebody is ignored by the name that they had when it was said, also
 * when they come again, and by each name that they take after it.
 */
export class Ignorers {
  /** By the key of the name that is ignored. */
  readonly #ignorers = new Map<string, Set<Member>>();

  add(member: Member, key: string, currentKey = key): void {
    this.remove(member, key);
    member.ignored.set(key, currentKey);
    this.#index(member, key);
    this.#index(member, currentKey);
  }

  /**
   * @param key of the name that was ignored, or of the one that the person has now.
   * @returns whether the name was ignored.
   */
  remove(member: Member, key: string): boolean {
    const keys = member.ignored.remove(key);
    for (const each of keys) this.#index(member, each);
    return keys.size > 0;
  }

  /** Somebody has taken another name: whoever ignored them still does. */
  follow(from: string, to: string): void {
    for (const member of [...this.#ignorers.get(from) ?? []]) {
      member.ignored.follow(from, to);
      this.#index(member, from);
      this.#index(member, to);
    }
  }

  /** Forgets somebody who has left. */
  forget(member: Member): void {
    for (const [chosen] of [...member.ignored]) this.remove(member, chosen);
  }

  /** Those in a room, by default their own, who do not want to hear the member. */
  of(member: Member, room = member.room): readonly Subscriber[] {
    const ignorers = this.#ignorers.get(member.key);
    if (ignorers === undefined) return NOBODY;
    return [...ignorers]
      .filter((ignorer) => ignorer.room === room)
      .flatMap((ignorer) => ignorer.subscriber ?? []);
  }

  /** Finds the member under a key from here on, or not, as what they ignore says. */
  #index(member: Member, key: string): void {
    const ignorers = this.#ignorers.get(key) ?? new Set();
    if (member.ignores(key)) this.#ignorers.set(key, ignorers.add(member));
    else if (ignorers.delete(member) && ignorers.size === 0) this.#ignorers.delete(key);
  }
}
