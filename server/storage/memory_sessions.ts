import { DEFAULT_WHISPER_LIMITS, KeptWhispers } from "./kept_whispers.ts";
import type { Sessions, SessionsUsage, StoredSession, StoredWhisper } from "./store.ts";
import { DEFAULT_ID_LIMITS, WhisperedIds } from "./whispered_ids.ts";

/** What the whispers of all sessions may take in memory; a test passes its own. */
export const DEFAULT_SESSION_LIMITS = { whispers: DEFAULT_WHISPER_LIMITS, ids: DEFAULT_ID_LIMITS };

/** The sessions that may be resumed, in memory. */
export class MemorySessions implements Sessions {
  readonly #sessions = new Map<number, StoredSession>();
  readonly #whispers: KeptWhispers;
  readonly #whisperedIds: WhisperedIds;
  #lastNumber: number;

  /**
   * @param lastNumber the largest number that a session has had so far.
   * @param onDropped gets the number of the last whisper that a session gave up at a bound.
   */
  constructor(
    lastNumber = 0,
    limits = DEFAULT_SESSION_LIMITS,
    onDropped: (receiver: number, number: number) => void = () => {},
  ) {
    this.#lastNumber = lastNumber;
    this.#whispers = new KeptWhispers(limits.whispers, onDropped);
    this.#whisperedIds = new WhisperedIds(limits.ids);
  }

  /** The largest number that was given to a session. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  get usage(): SessionsUsage {
    return {
      sessions: this.#sessions.size,
      whisperBytes: this.#whispers.bytes,
      idBytes: this.#whisperedIds.bytes,
    };
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
    this.#whispers.remove(number);
    this.#whisperedIds.remove(number);
  }

  all(): StoredSession[] {
    return [...this.#sessions.values()];
  }

  hasRoomForWhisper(to: number, text: string, id: string | undefined): boolean {
    return this.#whispers.hasRoom(to, text, id);
  }

  addWhisper(to: number, whisper: StoredWhisper, isOwed: boolean): void {
    if (to > 0) this.#whispers.add(to, whisper, isOwed);
    // A sender without a session cannot come back to send it again.
    if (whisper.by > 0 && whisper.id !== undefined) this.#whisperedIds.add(whisper.by, whisper.id);
  }

  whispersReachable(to: number): void {
    this.#whispers.settle(to);
  }

  whispersAfter(to: number, number: number): StoredWhisper[] {
    return this.#whispers.after(to, number);
  }

  hasWhispered(by: number, id: string): boolean {
    return this.#whisperedIds.has(by, id);
  }
}
