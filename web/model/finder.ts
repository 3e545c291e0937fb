import type { ClientFrameOf, SearchFrame } from "../../protocol/frames.ts";
import { foldedText } from "../../protocol/message_search.ts";
import { isSameName } from "../../protocol/names.ts";
import { readableText } from "../../protocol/stored_files.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { Conversation, Entry } from "./conversation.ts";
import type { MessageFactory } from "./message_factory.ts";

/** The `id` of the requests, for their errors. */
const SEARCH_ID = "search";

/** Maximum number of results. */
const MAX_RESULTS = 500;

export interface FinderHost {
  readonly name: string;
  /** Whether frames can be sent now. */
  readonly isInside: boolean;
  readonly entries: MessageFactory;
  send(frame: ClientFrameOf<"search"> & { readonly id: string }): void;
}

/**
 * Finds messages of one conversation: at once those that the page has, by parts of words, then those in
 * the history of the server, which has no whispers.
 */
export class Finder {
  words = "";
  place: Conversation | undefined;
  /** The found messages, the newest first. */
  results: readonly Entry[] = [];
  isSearching = false;
  /** Whether the server has not searched all messages. */
  hasMore = false;
  fault = "";
  /** The words of a typed command, until the panel opens. */
  requested: string | undefined;
  #before: number | undefined;

  constructor(private readonly host: FinderHost) {}

  /** Finds the messages with certain words. @param isFull whether to ask the server. */
  find(place: Conversation, words: string, isFull: boolean): void {
    const parts = partsOf(words);
    Object.assign(this, { place, words, hasMore: false, isSearching: false, fault: "" });
    this.#before = undefined;
    this.results = parts.length === 0 ? [] : place.entries
      .filter((entry) => entry.kind === "message" && hasAll(readableText(entry), parts))
      .toReversed();
    if (isFull && parts.length > 0) this.#ask();
  }

  /** Searches older messages. */
  findOlder(): void {
    if (this.hasMore && !this.isSearching) this.#ask();
  }

  received({ room, words, messages, more, before }: SearchFrame): void {
    const { place, host } = this;
    if (!this.isSearching || place === undefined || words !== this.#askedWords) return;
    if (!isSameName(room, place.name)) return;
    const known = new Set(this.results.map(({ seq }) => seq));
    const found = messages.filter(({ seq }) => !known.has(seq))
      .map((message) => host.entries.message(message, host.name));
    this.results = [...this.results, ...found]
      // Several messages may have the same millisecond.
      .toSorted((one, other) => other.time - one.time || (other.seq ?? 0) - (one.seq ?? 0))
      .slice(0, MAX_RESULTS);
    this.#before = before;
    this.isSearching = false;
    this.hasMore = more && before !== undefined && this.results.length < MAX_RESULTS;
  }

  /** The server has refused a request. @returns whether it was a search. */
  refused(id: string, text: string): boolean {
    if (id !== SEARCH_ID) return false;
    Object.assign(this, { isSearching: false, hasMore: false, fault: text });
    return true;
  }

  /** The connection is lost: no answer follows. */
  disconnected(): void {
    this.isSearching = false;
  }

  /** The words as the server repeats them: a pasted text may have control characters. */
  get #askedWords(): string {
    return cleanLine(this.words).trim();
  }

  #ask(): void {
    const { place, host } = this;
    if (place?.kind !== "room" || !host.isInside) return;
    this.isSearching = true;
    const older = this.#before === undefined ? undefined : { before: this.#before };
    const request = { type: "search" as const, room: place.name, words: this.#askedWords };
    host.send({ ...request, ...older, id: SEARCH_ID });
  }
}

/** The typed words without the differences that do not count, and without quotation marks. */
export function partsOf(words: string): string[] {
  return foldedText(words).match(/[\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+/gu) ?? [];
}

function hasAll(text: string, parts: readonly string[]): boolean {
  const searched = foldedText(text);
  return parts.every((part) => searched.includes(part));
}
