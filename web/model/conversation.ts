import type { MessageFrame } from "../../protocol/frames.ts";

/** What became of something that one said oneself: acknowledged, on its way, or not taken. */
export type DeliveryStatus = "delivered" | "pending" | "refused";

/** One line of a conversation. */
export interface Entry {
  /** Stays the same as long as the entry is there. */
  readonly key: string;
  readonly kind: "message" | "notice" | "error";
  /** Who said it; `""` for what the page and the server tell. */
  readonly from: string;
  readonly text: string;
  readonly time: number;
  readonly isOwn: boolean;
  /** Whether the text is an action (`/me`). */
  readonly isAction: boolean;
  /** Whether it names the reader. */
  readonly isMention: boolean;
  /** Number of the message in its room. */
  readonly seq?: number;
  readonly status: DeliveryStatus;
  /** Why it was not taken. */
  readonly reason?: string;
}

/** Maximum of entries, unless the user has scrolled to older ones. */
const MOST_ENTRIES = 1000;

/**
 * What was said in a room, or with one person.
 *
 * 1. Messages with a number are in the order of their numbers and there once, whatever way they came:
 *    as they were said, again after a break, in an answer to `history`, or as one's own with their
 *    acknowledgement.
 * 2. What has no number stays where it came.
 */
export class Conversation {
  readonly #entries: Entry[] = [];
  readonly #numbers = new Set<number>();
  /** Number of unread messages. */
  unread = 0;
  /** Whether one of them names the reader, or all are for the reader alone. */
  isUrgent = false;
  /** The first entry that was not looked at, for a mark above it. */
  firstUnread: string | undefined;
  /** Whether the server has older messages. */
  hasOlder = false;
  /** Whether older messages are on their way. */
  isLoading = false;
  /** What is half typed for it. */
  draft = "";
  /** Whether the user has closed it: it is kept, but not listed. */
  isClosed = false;

  constructor(readonly kind: "room" | "person", public name: string) {}

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Number of the oldest message that is here. */
  get oldestNumber(): number | undefined {
    return this.#entries.find(({ seq }) => seq !== undefined)?.seq;
  }

  /** Whether the message of that number is here. */
  has(seq: number): boolean {
    return this.#numbers.has(seq);
  }

  /** Finds an entry by its key. */
  find(key: string): Entry | undefined {
    return this.#entries.findLast((entry) => entry.key === key);
  }

  /** Adds an entry in its place. @returns whether it was new. */
  add(entry: Entry): boolean {
    const { seq } = entry;
    if (seq !== undefined) {
      if (this.#numbers.has(seq)) return false;
      this.#numbers.add(seq);
    }
    this.#entries.splice(this.#placeOf(entry), 0, entry);
    return true;
  }

  /** Something that was said before: in an answer to `history`. */
  addOlder(messages: readonly MessageFrame[], toEntry: (frame: MessageFrame) => Entry): void {
    // The newest first: each is then put in front of what is there already.
    for (const frame of messages.toReversed()) {
      if (!this.#numbers.has(frame.seq)) this.add(toEntry(frame));
    }
  }

  /** Changes an entry; with a number that others have passed meanwhile, it moves behind them. */
  change(key: string, changes: Partial<Entry>): void {
    const index = this.#entries.findLastIndex((entry) => entry.key === key);
    if (index < 0) return;
    const changed = { ...this.#entries[index]!, ...changes };
    const { seq } = changes;
    if (seq !== undefined && this.#numbers.has(seq)) {
      this.#entries.splice(index, 1); // the server's own word of it came first
    } else if (seq !== undefined && this.#entries.slice(index).some((other) => other.seq! < seq)) {
      this.#entries.splice(index, 1);
      this.add(changed);
    } else {
      this.#entries[index] = changed;
      if (seq !== undefined) this.#numbers.add(seq);
    }
  }

  /** Forgets what is in the history, which is asked for anew; what was said and not taken stays. */
  startAnew(): void {
    const kept = this.#entries.filter(({ status }) => status !== "delivered");
    this.#entries.splice(0, Infinity, ...kept);
    this.#restart();
  }

  /** Numbers begin anew: what is here stays, but cannot be found in the history any more. */
  forgetNumbers(): void {
    for (const [index, { seq: _, ...entry }] of this.#entries.entries()) {
      this.#entries[index] = entry;
    }
    this.#restart();
  }

  #restart(): void {
    this.#numbers.clear();
    this.hasOlder = false;
    this.isLoading = false;
  }

  /** Forgets the oldest entries, when there are many. */
  trim(): void {
    const surplus = this.#entries.length - MOST_ENTRIES;
    if (surplus <= 0) return;
    for (const { seq } of this.#entries.splice(0, surplus)) {
      if (seq === undefined) continue;
      this.#numbers.delete(seq);
      this.hasOlder = true;
    }
  }

  /** Marks all entries as read. */
  markRead(): void {
    this.unread = 0;
    this.isUrgent = false;
  }

  /** Counts an unread entry. */
  markUnread({ key }: Entry, isUrgent: boolean): void {
    if (this.unread === 0) this.firstUnread = key;
    this.unread++;
    this.isUrgent ||= isUrgent;
  }

  /** At the end, unless others with greater numbers are there already. */
  #placeOf({ seq, time }: Entry): number {
    const entries = this.#entries;
    const newest = entries.findLast((other) => other.seq !== undefined)?.seq ?? -1;
    if (seq === undefined || newest < seq) return entries.length;
    let index = entries.findLastIndex((other) => other.seq! < seq) + 1;
    while (entries[index]!.seq === undefined && entries[index]!.time <= time) index++;
    return index;
  }
}
