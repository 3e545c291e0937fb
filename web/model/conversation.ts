import type { FileItem } from "../files/file_item.ts";
import { mayHoldPassword } from "../../protocol/commands.ts";
import type { StoredFile } from "../../protocol/file_frames.ts";
import type { MessageFrame } from "../../protocol/frames.ts";
import { MAX_CHANGES, type PresenceChange, presenceText } from "./presence_notices.ts";

/** The status of the user's own message: acknowledged, waiting, or refused. */
export type DeliveryStatus = "delivered" | "pending" | "refused";

/** One line of a conversation. */
export interface Entry {
  /** Constant for the lifetime of the entry. */
  readonly key: string;
  readonly kind: "message" | "notice" | "error" | "file";
  /** The sender; `""` for notices and errors. */
  readonly from: string;
  readonly text: string;
  readonly time: number;
  readonly isOwn: boolean;
  /** Whether the text is an action (`/me`). */
  readonly isAction: boolean;
  /** Of a message that a program has sent by itself: `notice` of the protocol. */
  readonly isAutomatic?: true;
  readonly isMention: boolean;
  /** Number of the message in its room. */
  readonly seq?: number;
  readonly status: DeliveryStatus;
  readonly reason?: string;
  /** Of a message with which a file was posted. */
  readonly file?: StoredFile;
  /** Of a file that is offered or transferred. */
  readonly transfer?: FileItem;
  /** Of a notice about users who joined and left. */
  readonly changes?: readonly PresenceChange[];
}

/** Maximum number of entries. */
const MAX_ENTRIES = 1000;

/** Maximum number of entries while the user has scrolled to older ones. */
const MAX_READ_ENTRIES = 10_000;

/**
 * The entries of a room, or of the whispers with one user.
 *
 * 1. Messages with a number are in the order of their numbers and unique, however they arrive:
 *    when they are sent, again after a break, in an answer to `history`, or as the user's own with their
 *    acknowledgement.
 * 2. Entries without a number stay in the order of their arrival.
 */
export class Conversation {
  readonly #entries: Entry[] = [];
  readonly #numbers = new Set<number>();
  unread = 0;
  /** Number of unread entries that are for the reader: mentions and whispers. */
  mentions = 0;
  /** The first unread entry, for a mark above it. */
  firstUnread: string | undefined;
  /** Whether the server has older messages. */
  hasOlder = false;
  isLoading = false;
  /** The typed text that was not sent. */
  draft = "";
  /** Whether the user has closed it: it is stored, but not listed. */
  isClosed = false;

  constructor(readonly kind: "room" | "person", public name: string) {}

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get oldestNumber(): number | undefined {
    return this.#entries.find(({ seq }) => seq !== undefined)?.seq;
  }

  /** Whether it contains the message with this number. */
  has(seq: number): boolean {
    return this.#numbers.has(seq);
  }

  find(key: string): Entry | undefined {
    return this.#entries.findLast((entry) => entry.key === key);
  }

  /** Adds an entry in its place. @returns whether it is new. */
  add(entry: Entry): boolean {
    const { seq } = entry;
    if (seq !== undefined) {
      if (this.#numbers.has(seq)) return false;
      this.#numbers.add(seq);
    }
    this.#entries.splice(this.#placeOf(entry), 0, entry);
    return true;
  }

  /** Adds a notice about a user who joined or left, to the one before if that is such a notice, too. */
  addPresence(entry: Entry): void {
    const last = this.#entries.at(-1);
    const changes = [...last?.changes ?? [], ...entry.changes ?? []];
    if (last?.changes === undefined || changes.length > MAX_CHANGES) return void this.add(entry);
    if (new Date(last.time).toDateString() !== new Date(entry.time).toDateString()) {
      return void this.add(entry);
    }
    this.#entries[this.#entries.length - 1] = { ...last, changes, text: presenceText(changes) };
  }

  /** Adds the messages of an answer to `history`. */
  addOlder(messages: readonly MessageFrame[], toEntry: (frame: MessageFrame) => Entry): void {
    // The newest first: each is then inserted before the existing ones.
    for (const frame of messages.toReversed()) {
      if (!this.#numbers.has(frame.seq)) this.add(toEntry(frame));
    }
  }

  /** Changes an entry; with a number below later ones, it moves to its place. */
  change(key: string, changes: Partial<Entry>): void {
    const index = this.#entries.findLastIndex((entry) => entry.key === key);
    if (index < 0) return;
    const changed = { ...this.#entries[index]!, ...changes };
    const { seq } = changes;
    if (seq !== undefined && this.#numbers.has(seq)) {
      this.#entries.splice(index, 1); // the server has sent it before
    } else if (seq !== undefined && this.#entries.slice(index).some((other) => other.seq! < seq)) {
      this.#entries.splice(index, 1);
      this.add(changed);
    } else {
      this.#entries[index] = changed;
      if (seq !== undefined) this.#numbers.add(seq);
    }
  }

  /** Removes an entry, such as a refused message that is sent again. */
  remove(key: string): void {
    const index = this.#entries.findLastIndex((entry) => entry.key === key);
    if (index < 0) return;
    const [{ seq } = {}] = this.#entries.splice(index, 1);
    if (seq !== undefined) this.#numbers.delete(seq);
  }

  /** Drops the messages in the server's history, which are requested again; undelivered ones stay. */
  startAnew(): void {
    const kept = this.#entries.filter(({ status }) => status !== "delivered");
    this.#entries.splice(0, Infinity, ...kept);
    this.#restart();
  }

  /** Drops the numbers, after a server has started again with number 1. The entries stay. */
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

  /** Drops the oldest entries past the maximum. @param isRead whether the user reads older ones. */
  trim(isRead = false): void {
    const surplus = this.#entries.length - (isRead ? MAX_READ_ENTRIES : MAX_ENTRIES);
    if (surplus <= 0) return;
    for (const { seq } of this.#entries.splice(0, surplus)) {
      if (seq === undefined) continue;
      this.#numbers.delete(seq);
      this.hasOlder = true;
    }
  }

  /** Takes over the entries, the unread count and the draft of a conversation with the same user. */
  absorb(other: Conversation): void {
    const isOtherFirst =
      (other.#entries[0]?.time ?? Infinity) < (this.#entries[0]?.time ?? Infinity);
    this.firstUnread = isOtherFirst
      ? other.firstUnread ?? this.firstUnread
      : this.firstUnread ?? other.firstUnread;
    this.#entries.splice(0, Infinity, ...mergedByTime(this.#entries, other.#entries));
    this.unread += other.unread;
    this.mentions += other.mentions;
    this.isClosed &&= other.isClosed;
    this.draft = joinedDrafts(this.draft, other.draft);
  }

  markRead(): void {
    this.unread = 0;
    this.mentions = 0;
  }

  markUnread({ key }: Entry, isUrgent: boolean): void {
    if (this.unread === 0) this.firstUnread = key;
    this.unread++;
    if (isUrgent) this.mentions++;
  }

  /** The index after all entries with lower numbers; the end without a number. */
  #placeOf({ seq, time }: Entry): number {
    const entries = this.#entries;
    const newest = entries.findLast((other) => other.seq !== undefined)?.seq ?? -1;
    if (seq === undefined || newest < seq) return entries.length;
    let index = entries.findLastIndex((other) => other.seq! < seq) + 1;
    while (entries[index]!.seq === undefined && entries[index]!.time <= time) index++;
    return index;
  }
}

/** Merges two lists by time; each keeps its own order. */
function mergedByTime(one: readonly Entry[], other: readonly Entry[]): Entry[] {
  const merged: Entry[] = [];
  let next = 0;
  for (const entry of one) {
    while (next < other.length && other[next]!.time < entry.time) merged.push(other[next++]!);
    merged.push(entry);
  }
  return [...merged, ...other.slice(next)];
}

/** Joins two drafts. A password is no part of it: behind another line it would be stored. */
function joinedDrafts(one: string, other: string): string {
  const drafts = [one, other].filter((draft) => draft.trim() !== "");
  if (drafts.length < 2) return drafts[0] ?? one;
  return drafts.filter((draft) => !mayHoldPassword(draft)).join("\n");
}
