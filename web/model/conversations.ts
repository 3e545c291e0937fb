import { nameKey } from "../../protocol/names.ts";
import { Conversation, type Entry } from "./conversation.ts";

const PERSON_PREFIX = "@";

export interface ConversationsHost {
  readonly room: string;
  /** Whether the page has the user's attention. */
  isWatched(): boolean;
}

/** The conversations: the user's room, and whispers; one of them is open. */
export class Conversations {
  readonly #all = new Map<string, Conversation>();
  #active = "";

  constructor(private readonly host: ConversationsHost) {}

  /** In the order of their creation. */
  get all(): readonly Conversation[] {
    return [...this.#all.values()];
  }

  /** The open one. */
  get active(): Conversation {
    return this.#all.get(this.#active) ?? this.here;
  }

  /** That of the user's room. */
  get here(): Conversation {
    return this.ofRoom(this.host.room);
  }

  ofRoom(name: string): Conversation {
    return this.#find("room", name);
  }

  ofPerson(name: string): Conversation {
    return this.#find("person", name);
  }

  get unread(): number {
    return this.all.reduce((sum, { unread }) => sum + unread, 0);
  }

  show(conversation: Conversation): void {
    const before = this.active;
    if (before !== conversation) before.firstUnread = undefined;
    this.#active = keyOf(conversation.kind, conversation.name);
    conversation.isClosed = false;
    if (this.host.isWatched()) conversation.markRead();
  }

  /** Removes a whisper from the list, until its next message. The room stays. */
  close(conversation: Conversation): void {
    if (conversation === this.here) return;
    conversation.isClosed = true;
    conversation.markRead();
    if (this.active === conversation) this.#active = "";
  }

  /** Drops all of them: another user logs in on this page. */
  clear(): void {
    this.#all.clear();
    this.#active = "";
  }

  renamePerson(from: string, to: string): void {
    const key = keyOf("person", from);
    const conversation = this.#all.get(key);
    if (conversation === undefined) return;
    this.#all.delete(key);
    conversation.name = to;
    this.#all.set(keyOf("person", to), conversation);
    if (this.#active === key) this.#active = keyOf("person", to);
  }

  /** Marks the open conversation as read: the page has the user's attention again. */
  watched(): void {
    this.active.markRead();
  }

  /** Adds an entry of another user. @param isUrgent whether it is for the reader. */
  receive(conversation: Conversation, entry: Entry, isUrgent: boolean): void {
    if (!conversation.add(entry)) return;
    conversation.isClosed = false;
    const isActive = conversation === this.active;
    // The open conversation is trimmed by its view, when the oldest entries are out of sight.
    if (!isActive) conversation.trim();
    const isSeen = isActive && this.host.isWatched();
    if (!isSeen && !entry.isOwn) conversation.markUnread(entry, isUrgent);
  }

  #find(kind: Conversation["kind"], name: string): Conversation {
    const key = keyOf(kind, name);
    const found = this.#all.get(key);
    if (found !== undefined) return found;
    const made = new Conversation(kind, name);
    this.#all.set(key, made);
    return made;
  }
}

function keyOf(kind: Conversation["kind"], name: string): string {
  return (kind === "person" ? PERSON_PREFIX : "") + nameKey(name);
}
