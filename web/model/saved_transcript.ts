import { mayHoldPassword } from "../../protocol/commands.ts";
import type { Conversation, Entry } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";

/** What is kept of a conversation while the page is loaded anew. */
export interface SavedConversation {
  readonly kind: Conversation["kind"];
  readonly name: string;
  readonly draft: string;
  readonly unread: number;
  readonly isUrgent: boolean;
  /** Absent in what an earlier version of the page has stored. */
  readonly isClosed?: boolean;
  readonly firstUnread?: string;
  /** Those of a room are in the server's history. */
  readonly entries: readonly Entry[];
}

/** What is kept of all conversations while the page is loaded anew. */
export interface SavedTranscript {
  /** With whom one talks alone; absent in a room. */
  readonly companion?: string;
  readonly lastWhisperFrom?: string;
  readonly conversations: readonly SavedConversation[];
}

/** Whose conversations are kept. */
export interface Talk {
  readonly conversations: Conversations;
  lastWhisperFrom: string | undefined;
}

/** Conversations that are kept at most, and entries of each. */
const MOST_CONVERSATIONS = 20;
const MOST_ENTRIES = 200;
/** Characters of all of it, as JSON. Browsers keep some 5 MB for a site, of two bytes a character. */
const MOST_CHARACTERS = 1_000_000;

const LOADED_ANEW = "The page was loaded anew before the server had confirmed this.";

/**
 * What is to be kept.
 *
 * 1. Whom one talks to is kept, whatever else there is: nothing that is for one person alone may be
 *    said in public.
 * 2. Where there is too much, the conversation that is looked at comes first, then those in which
 *    something was said last; of each what is half typed, then the newest entries.
 * 3. Messages that the server has not acknowledged are marked as refused.
 */
export function saveTranscript(
  { conversations: { active, all }, lastWhisperFrom }: Talk,
): SavedTranscript {
  const space = new Space(MOST_CHARACTERS);
  const kept = new Map<Conversation, SavedConversation>();
  const chosen = all.filter(isWorthKeeping)
    .toSorted((one, other) => rankOf(other, active) - rankOf(one, active))
    .slice(0, MOST_CONVERSATIONS);
  for (const conversation of chosen) kept.set(conversation, keep(conversation, space));
  return {
    ...(active.kind === "person" ? { companion: active.name } : undefined),
    ...(lastWhisperFrom === undefined ? undefined : { lastWhisperFrom }),
    conversations: all.flatMap((conversation) => kept.get(conversation) ?? []),
  };
}

/** Goes on with what was kept. */
export function restoreTranscript(talk: Talk, kept: SavedTranscript): void {
  const { conversations } = talk;
  for (const { kind, name, entries, ...state } of kept.conversations) {
    const conversation = kind === "room"
      ? conversations.ofRoom(name)
      : conversations.ofPerson(name);
    for (const entry of entries) conversation.add(entry);
    Object.assign(conversation, state);
  }
  talk.lastWhisperFrom = kept.lastWhisperFrom;
  if (kept.companion !== undefined) conversations.show(conversations.ofPerson(kept.companion));
}

function isWorthKeeping({ kind, draft, unread }: Conversation): boolean {
  return kind === "person" || draft !== "" || unread > 0;
}

function rankOf(conversation: Conversation, active: Conversation): number {
  return conversation === active ? Infinity : conversation.entries.at(-1)?.time ?? 0;
}

function keep(conversation: Conversation, space: Space): SavedConversation {
  const { kind, name, draft, unread, isUrgent, isClosed, firstUnread } = conversation;
  return {
    kind,
    name,
    draft: !mayHoldPassword(draft) && space.take(draft) ? draft : "",
    unread,
    isUrgent,
    isClosed,
    ...(firstUnread === undefined ? undefined : { firstUnread }),
    entries: kind === "room" ? [] : newestOf(conversation, space),
  };
}

function newestOf({ entries }: Conversation, space: Space): Entry[] {
  const newest: Entry[] = [];
  for (const entry of entries.slice(-MOST_ENTRIES).toReversed()) {
    if (!space.take(entry)) break;
    newest.unshift(
      entry.status === "pending" ? { ...entry, status: "refused", reason: LOADED_ANEW } : entry,
    );
  }
  return newest;
}

/** How many characters may still be kept. */
class Space {
  constructor(private left: number) {}

  /** Takes what a value needs as JSON. @returns whether there was so much. */
  take(value: string | Entry): boolean {
    const { length } = JSON.stringify(value);
    if (length > this.left) return false;
    this.left -= length;
    return true;
  }
}
