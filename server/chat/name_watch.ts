import { nameKey } from "../../protocol/mod.ts";

/** Receives the name of a user that is online or offline from now on. */
export type NameWatcher = (name: string, isOnline: boolean) => void;

/** The names that clients watch. A watcher is called at once, for each of its names. */
export class NameWatch {
  readonly #watchers = new Map<string, Set<NameWatcher>>();

  add(name: string, watcher: NameWatcher): void {
    const key = nameKey(name);
    this.#watchers.set(key, (this.#watchers.get(key) ?? new Set()).add(watcher));
  }

  remove(name: string, watcher: NameWatcher): void {
    const key = nameKey(name);
    const watchers = this.#watchers.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(key);
  }

  /** Number of watched names. */
  get size(): number {
    return this.#watchers.size;
  }

  /** A user is online or offline from now on. */
  changed(name: string, isOnline: boolean): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers.get(nameKey(name)) ?? []) watcher(name, isOnline);
  }
}
