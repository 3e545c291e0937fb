import { nameKey } from "../../protocol/names.ts";
import { Conversation, type Entry } from "./conversation.ts";

const PERSON_PREFIX = "@";

/** Maximum number of conversations, besides the open one, the current room, and those that are needed. */
const MAX_CONVERSATIONS = 200;

/** The conversations: rooms and whispers; one of them is open. */
export class Conversations {
  #all = new Map<string, Conversation>();
  #active = "";
  #room = "";

  /** @param isWatched whether the page has the user's attention. */
  constructor(private readonly isWatched: () => boolean) {}

  /** The name of the current room: the one that was open last. */
  get room(): string {
    return this.#room;
  }

  /** In the order of their creation. */
  get all(): readonly Conversation[] {
    return [...this.#all.values()];
  }

  /** The open one. */
  get active(): Conversation {
    return this.#all.get(this.#active) ?? this.here;
  }

  /** That of the current room. */
  get here(): Conversation {
    return this.ofRoom(this.#room);
  }

  ofRoom(name: string): Conversation {
    return this.#find("room", name);
  }

  ofPerson(name: string): Conversation {
    return this.#find("person", name);
  }

  /** An existing conversation. */
  find({ kind, name }: Pick<Conversation, "kind" | "name">): Conversation | undefined {
    return this.#all.get(keyOf(kind, name));
  }

  get unread(): number {
    return this.all.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** Makes a room the current one. An open conversation with a user stays open. */
  stayIn(room: string): void {
    if (this.#all.get(this.#active)?.kind === "person") this.#room = room;
    else this.show(this.ofRoom(room));
  }

  show(conversation: Conversation): void {
    const before = this.#all.get(this.#active);
    if (before !== undefined && before !== conversation) before.firstUnread = undefined;
    this.#active = keyOf(conversation.kind, conversation.name);
    if (conversation.kind === "room") this.#room = conversation.name;
    conversation.isClosed = false;
    if (this.isWatched()) conversation.markRead();
  }

  /** Removes a room that the user has left. */
  remove(room: string): void {
    this.#all.delete(keyOf("room", room));
  }

  /** Removes a whisper from the list, until its next message. */
  close(conversation: Conversation): void {
    if (conversation.kind === "room") return;
    conversation.isClosed = true;
    conversation.markRead();
    if (this.active === conversation) this.#active = "";
  }

  /** Drops all of them: another user logs in on this page. */
  clear(): void {
    this.#all.clear();
    this.#active = "";
    this.#room = "";
  }

  /**
   * Renames the conversation with a user. An earlier one under the new name becomes part of it.
   *
   * @returns the conversation that has become part of another one, and that one.
   */
  renamePerson(
    from: string,
    to: string,
  ): { readonly absorbed: Conversation; readonly by: Conversation } | undefined {
    const renamed = this.#all.get(keyOf("person", from));
    if (renamed === undefined) return undefined;
    const existing = this.#all.get(keyOf("person", to));
    const { active } = this;
    renamed.name = to;
    // The open conversation stays the same object, and so its view stays in place.
    const [by, absorbed] = existing === active ? [active, renamed] : [renamed, existing];
    const isMerged = absorbed !== undefined && absorbed !== by;
    if (isMerged) {
      by.absorb(absorbed);
      by.name = to;
    }
    const left = this.all.filter((each) => !isMerged || each !== absorbed);
    this.#all = new Map(left.map((each) => [keyOf(each.kind, each.name), each]));
    if (active === by || active === absorbed) this.#active = keyOf("person", to);
    return isMerged ? { absorbed, by } : undefined;
  }

  /** Marks the open conversation as read: the page has the user's attention again. */
  watched(): void {
    this.active.markRead();
  }

  /** Adds an entry of another user. @param isUrgent whether it is for the reader. */
  receive(conversation: Conversation, entry: Entry, isUrgent: boolean): void {
    if (!conversation.add(entry)) return;
    conversation.isClosed = false;
    const isSeen = conversation === this.active && this.isWatched();
    if (!isSeen && !entry.isOwn) conversation.markUnread(entry, isUrgent);
  }

  /** Marks a conversation with a changed entry as unread, unless the user sees it. */
  noticeChange(conversation: Conversation, entry: Entry): void {
    if (conversation === this.active && this.isWatched()) return;
    conversation.isClosed = false;
    conversation.markUnread(entry, false);
  }

  /**
   * Drops the oldest entries of each conversation, and the least important conversations, past the
   * maximum. The open one is trimmed by its view, when its oldest entries are out of sight.
   *
   * @param isNeeded whether the user is in the room, or a message has no acknowledgement.
   */
  trim(isNeeded: (conversation: Conversation) => boolean): void {
    const { active, here } = this;
    for (const conversation of this.#all.values()) {
      if (conversation !== active) conversation.trim();
    }
    if (this.#all.size <= MAX_CONVERSATIONS) return;
    const others = this.all.filter((each) => each !== active && each !== here && !isNeeded(each));
    const surplus = others.length - MAX_CONVERSATIONS;
    const dropped = others.toSorted((one, other) => {
      return importanceOf(one) - importanceOf(other) || latestOf(one) - latestOf(other);
    }).slice(0, Math.max(0, surplus));
    for (const { kind, name } of dropped) this.#all.delete(keyOf(kind, name));
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

/** From a read room, whose messages are in the server's history, to a text that was not sent. */
function importanceOf({ kind, draft, unread, isClosed }: Conversation): number {
  if (draft !== "") return 4;
  if (unread > 0) return kind === "person" ? 3 : 1;
  return kind === "person" && !isClosed ? 2 : 0;
}

/** The time of the newest entry. */
function latestOf({ entries }: Conversation): number {
  return entries.at(-1)?.time ?? 0;
}
