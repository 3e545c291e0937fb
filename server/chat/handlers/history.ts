import { type MessageFrame, nameKey } from "../../../protocol/mod.ts";
import type { Member } from "../member.ts";
import type { History } from "../../storage/store.ts";
import type { Handlers } from "./handler.ts";

/** Messages in one answer: by default, and at most. */
const DEFAULT_MESSAGES = 50;
const MAX_MESSAGES = 500;

/** Length of one answer as people read it, in UTF-16 units: the sender stands before each line, so
 * that 128 KiB of text in short lines were 9 MB. Well under the limit on a server's frame. */
const MAX_SHOWN_LENGTH = 128 * 1024;

/** Time, punctuation and end of a line. */
const LINE_OVERHEAD = 16;

/** Messages read in one slice. */
const PAGE_MESSAGES = 100;

/** Messages of ignored members that are passed over for one answer, at most: the answer then says that
 * there is more. */
const MAX_PASSED_OVER = 1500;

/** What was said in the room. */
export const HISTORY: Handlers<"history"> = {
  history: {
    needs: "a room",
    run: ({ limit = DEFAULT_MESSAGES, before, since }, member, { store }, session) => {
      const wanted = Math.max(1, Math.min(limit, MAX_MESSAGES));
      const pages = new HistoryPages(member, store.history, { before, since, wanted });
      session.runInSlices(() => {
        if (pages.readNext()) return true;
        session.send({ type: "history", room: pages.room.name, ...pages.answer() });
        return false;
      });
    },
  },
};

/** Which messages an answer is to have. */
interface HistoryRequest {
  readonly before: number | undefined;
  readonly since: number | undefined;
  readonly wanted: number;
}

/** Collects messages of those whom a member does not ignore, page by page. */
class HistoryPages {
  /** The room that the member was in when they asked. */
  readonly room;
  #heard: MessageFrame[] = [];
  #passedOver = 0;
  /** Whether the last page ended with the room's history. */
  #isAll = false;
  #before: number | undefined;
  #after: number | undefined;
  readonly #fromOldest: boolean;

  constructor(
    private readonly member: Member,
    private readonly history: History,
    private readonly request: HistoryRequest,
  ) {
    this.room = member.room;
    this.#before = request.before;
    this.#after = request.since;
    this.#fromOldest = request.since !== undefined;
  }

  /**
   * Reads the next page.
   *
   * @returns whether another one is needed.
   * @throws StorageError when the history cannot be read.
   */
  readNext(): boolean {
    // One more than wanted shows whether there are more.
    const missing = this.request.wanted + 1 - this.#heard.length;
    const size = Math.min(PAGE_MESSAGES, this.#passedOver === 0 ? missing : PAGE_MESSAGES);
    const page = this.history.read(this.room.key, {
      limit: size,
      ...(this.#before === undefined ? undefined : { before: this.#before }),
      ...(this.#after === undefined ? undefined : { after: this.#after }),
    }).map(({ message }) => message);
    const heard = page.filter(({ from }) => !this.member.ignores(nameKey(from)));
    this.#passedOver += page.length - heard.length;
    this.#heard = this.#fromOldest ? [...this.#heard, ...heard] : [...heard, ...this.#heard];
    this.#isAll = page.length < size;
    if (this.#isAll) return false;
    if (this.#fromOldest) this.#after = page.at(-1)!.seq;
    else this.#before = page[0]!.seq;
    return this.#heard.length <= this.request.wanted && this.#passedOver < MAX_PASSED_OVER;
  }

  /** As many messages as were wanted and fit into one frame, and whether there are more. */
  answer(): { messages: MessageFrame[]; more: boolean } {
    const { wanted } = this.request;
    const chosen = this.#fromOldest ? this.#heard.slice(0, wanted) : this.#heard.slice(-wanted);
    const messages = fitting(chosen, this.#fromOldest);
    return { messages, more: !this.#isAll || this.#heard.length > messages.length };
  }
}

/** The messages that fit into one frame, from the oldest or from the newest on. */
function fitting(messages: readonly MessageFrame[], fromOldest: boolean): MessageFrame[] {
  const ordered = fromOldest ? messages : messages.toReversed();
  let shown = 0;
  const end = ordered.findIndex((message) => (shown += shownLength(message)) > MAX_SHOWN_LENGTH);
  const fit = end < 0 ? ordered : ordered.slice(0, end);
  return fromOldest ? [...fit] : fit.toReversed();
}

/** Length of a message as people read it, with the sender before each line. */
function shownLength({ from, text }: MessageFrame): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return text.length + lines * (from.length + LINE_OVERHEAD);
}
