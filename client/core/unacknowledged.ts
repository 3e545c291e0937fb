import { type ByteString, nameKey } from "../../protocol/mod.ts";

/** Something that waits. */
export interface Entry {
  readonly id: string;
  readonly json: ByteString;
  /** The room that it leads to, where it is a change of room. */
  readonly leadsTo: string | undefined;
  /** Whether it went out over some connection. */
  wasSent: boolean;
}

/**
 * What this client has said and the server has not acknowledged, in order; and the changes of room
 * in between, so that nothing is said in another room than it was meant for.
 *
 * A session that is resumed gets all of it again, with the same ids, and the server says what it has
 * taken already only once. A new session cannot know what the old one has taken: it gets what never
 * went out, and the rest is given up, since nothing is to be said twice. A change of room is always
 * repeated: to be taken to where one is does no harm.
 */
export class Unacknowledged {
  readonly #entries = new Map<string, Entry>();

  /** How many wait. */
  get size(): number {
    return this.#entries.size;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** @param leadsTo the room, where it is a change of room. */
  add(id: string, json: ByteString, wasSent: boolean, leadsTo?: string): void {
    this.#entries.set(id, { id, json, leadsTo, wasSent });
  }

  /** The server has taken it, or refused it. */
  remove(id: string): void {
    this.#entries.delete(id);
  }

  /** The server has carried out a change of room. Its answer has no id: it is that to the oldest. */
  moved(): void {
    const oldest = this.#entries.values().find(({ leadsTo }) => leadsTo !== undefined);
    if (oldest !== undefined) this.remove(oldest.id);
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

  /**
   * The session goes on in that room: the change to it was carried out, and all that went out before
   * it was dealt with. It is given up, since it would be said in another room than it was meant for.
   *
   * @returns it, in order.
   */
  giveUpBefore(room: string): Entry[] {
    const entries = [...this.#entries.values()];
    const last = entries.findLastIndex(({ wasSent, leadsTo }) =>
      wasSent && leadsTo !== undefined && nameKey(leadsTo) === nameKey(room)
    );
    const given = entries.slice(0, last + 1);
    for (const { id } of given) this.#entries.delete(id);
    return given;
  }

  /** Gives up what went out over a session that is lost. @returns it, in order. */
  giveUpSent(): Entry[] {
    const given = [...this.#entries.values()]
      .filter(({ wasSent, leadsTo }) => wasSent && leadsTo === undefined);
    for (const { id } of given) this.#entries.delete(id);
    return given;
  }
}
