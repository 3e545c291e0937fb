import type { Subscriber } from "./fanout.ts";
import type { Member } from "./member.ts";

const NOBODY: readonly Subscriber[] = [];

/** Who does not want to hear whom. */
export class Ignorers {
  /** By the key of the name that is ignored. */
  readonly #ignorers = new Map<string, Set<Member>>();

  add(member: Member, key: string): void {
    member.ignored.add(key);
    const ignorers = this.#ignorers.get(key) ?? new Set();
    this.#ignorers.set(key, ignorers.add(member));
  }

  /** @returns whether the name was ignored. */
  remove(member: Member, key: string): boolean {
    const ignorers = this.#ignorers.get(key);
    ignorers?.delete(member);
    if (ignorers?.size === 0) this.#ignorers.delete(key);
    return member.ignored.delete(key);
  }

  /** Forgets somebody who has left. */
  forget(member: Member): void {
    for (const key of member.ignored) this.remove(member, key);
  }

  /** Those in a room, by default their own, who do not want to hear the member. */
  of(member: Member, room = member.room): readonly Subscriber[] {
    const ignorers = this.#ignorers.get(member.key);
    if (ignorers === undefined) return NOBODY;
    return [...ignorers]
      .filter((ignorer) => ignorer.room === room)
      .flatMap((ignorer) => ignorer.subscriber ?? []);
  }
}
