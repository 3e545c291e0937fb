import {
  isFound,
  type MessageFrame,
  nameKey,
  parseSearch,
  protocolError,
  readableText,
  type SearchFrame,
  type SearchTerm,
} from "../../../protocol/mod.ts";
import type { History } from "../../storage/store.ts";
import type { Member } from "../member.ts";
import type { Room } from "../room.ts";
import type { Handlers } from "./handler.ts";
import { fitting, wantedMessages } from "./history.ts";

/** Messages per slice for a search of up to {@link PAGE_WORDS}: the longest ones take some milliseconds. */
const PAGE_MESSAGES = 64;

/** Words up to which a message costs little; with more of them a slice has fewer messages. */
const PAGE_WORDS = 8;

/** Maximum number of messages that are searched for one answer: past it the answer has `more`. */
const MAX_SEARCHED = 20_000;

/** Slices that cost a token. */
const PAGES_PER_TOKEN = 16;

/** Milliseconds of the thread that searches that cost a token. */
const MILLISECONDS_PER_TOKEN = 10;

/** The frame that searches a room. */
export const SEARCH: Handlers<"search"> = {
  search: {
    needs: "a room",
    run: ({ room: name, words, limit, before }, member, { store }, session) => {
      const { value: room, error } = member.memberships.require(name);
      if (error !== undefined) return error;
      const terms = parseSearch(words);
      if (terms.length === 0) return protocolError("search_empty");
      const wanted = wantedMessages(limit);
      const request = { type: "search", room: room.name, words } as const;
      const { messageSearch } = store;
      if (messageSearch !== undefined) {
        if (messageSearch.isFull) return protocolError("search_busy");
        const query = {
          terms,
          limit: wanted,
          ignored: new Set([...member.ignored].flat()),
          ...beforeOf(before),
        };
        session.wait(
          messageSearch.search(room.key, query).then(({ milliseconds, ...result }) => {
            session.chargeTokens(Math.ceil(milliseconds / MILLISECONDS_PER_TOKEN));
            session.send({ ...request, ...pageOf(result) });
          }),
        );
        return;
      }
      const scan = new HistoryScan(member, room, store.history, { terms, wanted, before });
      session.runInSlices(() => {
        if (scan.readNext()) {
          if (scan.pages % PAGES_PER_TOKEN === 0) session.chargeTokens(1);
          return true;
        }
        session.send({ ...request, ...pageOf(scan.result()) });
        return false;
      });
    },
  },
};

interface Search {
  readonly terms: readonly SearchTerm[];
  readonly wanted: number;
  readonly before: number | undefined;
}

/** Searches the messages of users whom a member does not ignore, page by page, from the newest on. */
class HistoryScan {
  /** Number of pages that were searched, and of their messages. */
  pages = 0;
  #searched = 0;
  readonly #pageMessages: number;
  /** The oldest first. */
  #found: MessageFrame[] = [];
  #before: number | undefined;
  /** Whether the last page began with the first message of the room. */
  #isAll = false;

  constructor(
    private readonly member: Member,
    private readonly room: Room,
    private readonly history: History,
    private readonly search: Search,
  ) {
    this.#before = search.before;
    const words = search.terms.flatMap((term) => term.words).length;
    this.#pageMessages = Math.ceil(PAGE_MESSAGES / Math.max(1, words / PAGE_WORDS));
  }

  /** Searches the next page. @returns whether another one follows. @throws {StorageError} on a read error. */
  readNext(): boolean {
    const page = this.history.read(this.room.key, {
      limit: this.#pageMessages,
      ...beforeOf(this.#before),
    }).map(({ message }) => message);
    const found = page.filter((message) =>
      isFound(readableText(message), this.search.terms) &&
      !this.member.ignores(nameKey(message.from))
    );
    this.#found = [...found, ...this.#found];
    this.pages++;
    this.#searched += page.length;
    this.#isAll = page.length < this.#pageMessages;
    if (this.#isAll) return false;
    this.#before = page[0]!.seq;
    return this.#found.length < this.search.wanted && this.#searched < MAX_SEARCHED;
  }

  /** The found messages, and where the search continues. */
  result(): Found {
    const messages = this.#found.slice(-this.search.wanted);
    if (messages.length < this.#found.length) return { messages, before: messages[0]!.seq };
    return { messages, ...beforeOf(this.#isAll ? undefined : this.#before) };
  }
}

/** Found messages, the oldest first, and the number before which none was searched, if any. */
interface Found {
  readonly messages: readonly MessageFrame[];
  readonly before?: number;
}

/** The messages that fit into one frame, and where the search continues. */
function pageOf({ messages, before }: Found): Pick<SearchFrame, "messages" | "more" | "before"> {
  const fit = fitting(messages, false);
  const next = fit.length < messages.length ? fit[0]!.seq : before;
  return { messages: fit, more: next !== undefined, ...beforeOf(next) };
}

function beforeOf(before: number | undefined): { before?: number } {
  return before === undefined ? {} : { before };
}
