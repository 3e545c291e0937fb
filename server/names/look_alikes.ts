import { nameKey } from "../../protocol/mod.ts";
import { looksOf } from "./confusables.ts";

/**
 * Entries that are found by what their names look like; see {@link looksOf}. They are found by the
 * look of their capital letters, too: Cyrillic `КІМ` passes for `kim`.
 */
export class LookAlikes<Entry> {
  readonly #byLook = new Map<string, Set<Entry>>();

  /** Adds an entry with its name. It may be added with several. */
  add(name: string, entry: Entry): void {
    for (const look of allLooksOf(name)) {
      const entries = this.#byLook.get(look) ?? new Set();
      this.#byLook.set(look, entries.add(entry));
    }
  }

  /** Removes an entry that was added with this name. */
  remove(name: string, entry: Entry): void {
    for (const look of allLooksOf(name)) {
      const entries = this.#byLook.get(look);
      if (entries?.delete(entry) === true && entries.size === 0) this.#byLook.delete(look);
    }
  }

  /** The entries whose name looks like this one, or is the same. */
  find(name: string): readonly Entry[] {
    const found = looksOf(name).flatMap((look) => [...this.#byLook.get(look) ?? []]);
    return [...new Set(found)];
  }
}

function allLooksOf(name: string): ReadonlySet<string> {
  return new Set([...looksOf(name), ...looksOf(nameKey(name).toUpperCase())]);
}
