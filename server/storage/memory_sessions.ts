import { detached } from "../../protocol/mod.ts";
import { type Sessions, type StoredSession, type StoredWhisper, WHISPERS_KEPT } from "./store.ts";

/** They are cut back to {@link WHISPERS_KEPT} when there are this many, not one at a time. */
const WHISPERS_BEFORE_CUT = 2 * WHISPERS_KEPT;

/**
 * Ids of whispers remembered a sender, to recognise those that are sent again after a resume: as many
 * as a client keeps for that. A sender of so many costs about 1 MB, as the whispers that are kept for
 * a receiver may; most senders have a handful.
 */
const IDS_KEPT = 10_000;

/** The sessions that may be resumed, in memory. */
export class MemorySessions implements Sessions {
  readonly #sessions = new Map<number, StoredSession>();
  readonly #whispers = new Map<number, StoredWhisper[]>();
  readonly #whisperedIds = new Map<number, RecentIds>();
  #lastNumber: number;

  /** @param lastNumber the largest number that a session has had so far. */
  constructor(lastNumber = 0) {
    this.#lastNumber = lastNumber;
  }

  /** The largest number that was given to a session. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  nextNumber(): number {
    return ++this.#lastNumber;
  }

  find(number: number): StoredSession | undefined {
    return this.#sessions.get(number);
  }

  save(session: StoredSession): void {
    this.#sessions.set(session.number, session);
  }

  remove(number: number): void {
    this.#sessions.delete(number);
    this.#whispers.delete(number);
    this.#whisperedIds.delete(number);
  }

  all(): StoredSession[] {
    return [...this.#sessions.values()];
  }

  addWhisper(to: number, whisper: StoredWhisper): void {
    const kept = withOwnText(whisper);
    const whispers = this.#whispers.get(to);
    if (whispers === undefined) this.#whispers.set(to, [kept]);
    else {
      whispers.push(kept);
      if (whispers.length > WHISPERS_BEFORE_CUT) whispers.splice(0, WHISPERS_KEPT);
    }
    if (kept.id !== undefined) this.#rememberId(kept.by, kept.id);
  }

  whispersAfter(to: number, number: number): StoredWhisper[] {
    return (this.#whispers.get(to) ?? []).filter((whisper) => whisper.number > number);
  }

  hasWhispered(by: number, id: string): boolean {
    return this.#whisperedIds.get(by)?.has(id) ?? false;
  }

  #rememberId(by: number, id: string): void {
    let ids = this.#whisperedIds.get(by);
    if (ids === undefined) this.#whisperedIds.set(by, ids = new RecentIds());
    ids.add(id);
  }
}

/** The last ids of a sender. */
class RecentIds {
  readonly #ids = new Set<string>();
  /** One iterator for all: a new one would pass over everything that was deleted before. */
  readonly #oldest = this.#ids.values();

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size > IDS_KEPT) this.#ids.delete(this.#oldest.next().value!);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}

/** The text and the id are pieces of what was read from a socket, and would keep all of it. */
function withOwnText(whisper: StoredWhisper): StoredWhisper {
  const { frame, id } = whisper;
  return {
    ...whisper,
    frame: { ...frame, text: detached(frame.text) },
    id: id === undefined ? undefined : detached(id),
  };
}
