import type { User } from "../../protocol/frames.ts";
import { nameKey } from "../../protocol/names.ts";

/** A user in the room. */
export interface Person {
  readonly name: string;
  /** The away text, perhaps empty; absent for a user who is not away. */
  readonly away?: string;
}

/** The users in the room. */
export class People {
  readonly #byKey = new Map<string, Person>();
  /** Number of all users; in a large room more than are listed. */
  total = 0;

  /** In the order of their names. */
  get list(): readonly Person[] {
    return [...this.#byKey.values()].sort((one, other) => compareNames(one.name, other.name));
  }

  find(name: string): Person | undefined {
    return this.#byKey.get(nameKey(name));
  }

  set(users: readonly User[], total: number): void {
    this.#byKey.clear();
    // The server sends no `left` for listeners.
    const members = users.filter(({ listening }) => listening !== true);
    for (const { name, away } of members) {
      this.#byKey.set(nameKey(name), away === undefined ? { name } : { name, away });
    }
    this.total = total - (users.length - members.length);
  }

  add(name: string): void {
    if (this.find(name) === undefined) this.total++;
    this.#byKey.set(nameKey(name), { name });
  }

  remove(name: string): void {
    if (this.#byKey.delete(nameKey(name))) this.total--;
  }

  rename(from: string, to: string): void {
    const person = this.find(from);
    if (person === undefined) return;
    this.#byKey.delete(nameKey(from));
    this.#byKey.set(nameKey(to), { ...person, name: to });
  }

  /** @param text `undefined` for a user who is back. */
  setAway(name: string, text: string | undefined): void {
    const person = this.find(name);
    if (person === undefined) return;
    const { name: shown } = person;
    this.#byKey.set(
      nameKey(name),
      text === undefined ? { name: shown } : { name: shown, away: text },
    );
  }
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** Compares two names for sorting: by the locale of the browser, with `user2` before `user10`. */
export function compareNames(one: string, other: string): number {
  return COLLATOR.compare(one, other);
}
