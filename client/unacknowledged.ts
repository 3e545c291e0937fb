import type { ByteString } from "../protocol/mod.ts";

interface Entry {
  readonly id: string;
  readonly json: ByteString;
  /** Whether it went out over some connection. */
  wasSent: boolean;
}

/**
 * What this client has said and the server has not acknowledged, in order.
 *
 * A session that is resumed gets all of it again, with the same ids, and the server says what it has
 * taken already only once. A new session cannot know what the old one has taken: it gets what never
 * went out, and the rest is given up, since nothing is to be said twice.
 */
export class Unacknowledged {
  readonly #entries = new Map<string, Entry>();

  /** Messages and whispers that wait. */
  get size(): number {
    return this.#entries.size;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  add(id: string, json: ByteString, wasSent: boolean): void {
    this.#entries.set(id, { id, json, wasSent });
  }

  /** The server has taken it, or refused it. */
  remove(id: string): void {
    this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Everything, to be sent again. */
  *takeAll(): Iterable<ByteString> {
    for (const entry of this.#entries.values()) {
      entry.wasSent = true;
      yield entry.json;
    }
  }

  /** Gives up what went out over a session that is lost. @returns the ids. */
  giveUpSent(): string[] {
    const ids = [...this.#entries.values()].filter(({ wasSent }) => wasSent).map(({ id }) => id);
    for (const id of ids) this.#entries.delete(id);
    return ids;
  }
}
