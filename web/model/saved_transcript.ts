import { mayHoldPassword } from "../../protocol/commands.ts";
import type { Chat } from "./chat.ts";
import type { Conversation, Entry } from "./conversation.ts";

/** A conversation that is stored for a reload. */
export interface SavedConversation {
  readonly kind: Conversation["kind"];
  readonly name: string;
  readonly draft: string;
  readonly unread: number;
  /** Absent in a conversation that an earlier version of the page has stored. */
  readonly mentions?: number;
  /** Absent in a conversation that an earlier version of the page has stored. */
  readonly isClosed?: boolean;
  readonly firstUnread?: string;
  /** Empty for a room, whose messages are in the server's history. */
  readonly entries: readonly Entry[];
}

/** All conversations that are stored for a reload. */
export interface SavedTranscript {
  /** The user in the open conversation; absent for a room. */
  readonly companion?: string;
  /** The current room. */
  readonly room?: string;
  readonly lastWhisperFrom?: string;
  readonly conversations: readonly SavedConversation[];
}

/** Maximum number of stored conversations with users, and of entries of each. */
const MAX_CONVERSATIONS = 20;
const MAX_ENTRIES = 200;
/** Maximum length as JSON. Browsers store some 5 MB per site, with two bytes per character. */
const MAX_CHARACTERS = 1_000_000;

const LOADED_ANEW = "The page was loaded anew before the server had confirmed this.";

/**
 * Selects the conversations to store.
 *
 * 1. The open conversation is always stored by its name: a whisper must never be sent to the room.
 * 2. Past the limits, the open conversation comes first, then those with the latest entries; of each the
 *    draft, then the newest entries.
 * 3. Messages that the server has not acknowledged are marked as refused.
 */
export function saveTranscript(
  { conversations: { active, all }, room, lastWhisperFrom }: Chat,
): SavedTranscript {
  const budget = new CharacterBudget(MAX_CHARACTERS);
  const saved = new Map<Conversation, SavedConversation>();
  const ranked = all.filter(isWorthSaving)
    .toSorted((one, other) => rankOf(other, active) - rankOf(one, active));
  const isRoom = ({ kind }: Conversation) => kind === "room";
  const people = ranked.filter((each) => !isRoom(each)).slice(0, MAX_CONVERSATIONS);
  // Those of rooms are small.
  const chosen = [...people, ...ranked.filter(isRoom)];
  for (const conversation of chosen) {
    saved.set(conversation, savedConversation(conversation, budget));
  }
  return {
    ...(active.kind === "person" ? { companion: active.name } : undefined),
    room,
    ...(lastWhisperFrom === undefined ? undefined : { lastWhisperFrom }),
    conversations: all.flatMap((conversation) => saved.get(conversation) ?? []),
  };
}

/** Whether a stored value has the form of a transcript: another version of the page may have stored it. */
export function isTranscript(value: unknown): value is SavedTranscript {
  const { companion = "", room = "", lastWhisperFrom = "", conversations } = objectOf(value);
  return areStrings(companion, room, lastWhisperFrom) && Array.isArray(conversations) &&
    conversations.map(objectOf).every(({ kind, name, draft, unread, entries }) =>
      (kind === "room" || kind === "person") && areStrings(name, draft) &&
      typeof unread === "number" && Array.isArray(entries) && entries.map(objectOf).every(isEntry)
    );
}

function isEntry({ key, kind, from, text, time }: Readonly<Record<string, unknown>>): boolean {
  return areStrings(key, kind, from, text) && typeof time === "number";
}

function areStrings(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === "string");
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

export function restoreTranscript(chat: Chat, saved: SavedTranscript): void {
  const { conversations } = chat;
  for (const { kind, name, entries, draft, unread, ...others } of saved.conversations) {
    const { mentions = 0, isClosed = false, firstUnread } = others;
    const conversation = kind === "room"
      ? conversations.ofRoom(name)
      : conversations.ofPerson(name);
    for (const entry of entries) conversation.add(entry);
    Object.assign(conversation, { draft, unread, mentions, isClosed, firstUnread });
  }
  chat.lastWhisperFrom = saved.lastWhisperFrom;
  if (saved.companion !== undefined) conversations.show(conversations.ofPerson(saved.companion));
  if (saved.room !== undefined) conversations.stayIn(saved.room);
}

function isWorthSaving({ kind, draft, unread }: Conversation): boolean {
  return kind === "person" || draft !== "" || unread > 0;
}

function rankOf(conversation: Conversation, active: Conversation): number {
  return conversation === active ? Infinity : conversation.entries.at(-1)?.time ?? 0;
}

function savedConversation(conversation: Conversation, budget: CharacterBudget): SavedConversation {
  const { kind, name, draft, unread, mentions, isClosed, firstUnread } = conversation;
  return {
    kind,
    name,
    draft: !mayHoldPassword(draft) && budget.take(draft) ? draft : "",
    unread,
    mentions,
    isClosed,
    ...(firstUnread === undefined ? undefined : { firstUnread }),
    entries: kind === "room" ? [] : newestOf(conversation, budget),
  };
}

function newestOf({ entries }: Conversation, budget: CharacterBudget): Entry[] {
  const newest: Entry[] = [];
  for (const entry of entries.slice(-MAX_ENTRIES).toReversed()) {
    if (!budget.take(entry)) break;
    newest.unshift(storableOf(entry));
  }
  return newest;
}

/** An entry after the page was loaded again: transfers have ended by then. */
function storableOf(entry: Entry): Entry {
  const { transfer, ...rest } = entry;
  if (transfer !== undefined) return { ...rest, kind: "notice" };
  return entry.status === "pending" ? { ...entry, status: "refused", reason: LOADED_ANEW } : entry;
}

/** The remaining number of characters. */
class CharacterBudget {
  constructor(private left: number) {}

  /** Reserves the length of a value as JSON. @returns false if too little is left. */
  take(value: string | Entry): boolean {
    const { length } = JSON.stringify(value);
    if (length > this.left) return false;
    this.left -= length;
    return true;
  }
}
