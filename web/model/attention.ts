import type { Conversation, Entry } from "./conversation.ts";

/** A new message for the reader. */
export interface Alert {
  readonly conversation: Conversation;
  readonly entry: Entry;
}

/** Finds the messages that ask for the reader's attention: unread whispers and mentions. */
export class Attention {
  /** The number of unread entries at the last check, by conversation. */
  readonly #unread = new WeakMap<Conversation, number>();

  /** @returns the last new one of each conversation since the last call. */
  check(conversations: readonly Conversation[]): Alert[] {
    return conversations.flatMap((conversation) => {
      const { kind, unread, entries } = conversation;
      const fresh = unread - (this.#unread.get(conversation) ?? 0);
      this.#unread.set(conversation, unread);
      if (fresh <= 0) return [];
      const entry = entries.filter((each) => each.kind === "message" && !each.isOwn)
        .slice(-fresh)
        .findLast(({ isMention }) => kind === "person" || isMention);
      return entry === undefined ? [] : [{ conversation, entry }];
    });
  }
}
