import { type MessageFrame, nameKey } from "../../../protocol/mod.ts";
import type { Member } from "../member.ts";
import type { Room } from "../room.ts";
import type { History } from "../../storage/store.ts";
import type { Handlers } from "./handler.ts";

/** Default and maximum number of messages in one answer. */
export const DEFAULT_MESSAGES = 50;
export const MAX_MESSAGES = 500;

/** Maximum length of one answer as text, in UTF-16 units, with the sender before each line: otherwise
 * 128 KiB in short lines would become 9 MB. Well under the limit of a server's frame. */
const MAX_SHOWN_LENGTH = 128 * 1024;

/** UTF-16 units of the time, the punctuation and the end of a line. */
const LINE_OVERHEAD = 16;

/** Messages per slice. */
const PAGE_MESSAGES = 100;

/** Maximum number of skipped messages of ignored users per answer: past it the answer has `more`. */
const MAX_LEFT_OUT = 1500;

/** The number of messages for the limit of a request, which may be any number. */
export function wantedMessages(limit = DEFAULT_MESSAGES): number {
  return Math.max(1, Math.min(limit, MAX_MESSAGES));
}

/** The frame about the room's history. */
export const HISTORY: Handlers<"history"> = {
  history: {
    needs: "a room",
    run: ({ room: name, limit, before, since }, member, { store }, session) => {
      const { value: room, error } = member.memberships.require(name);
      if (error !== undefined) return error;
      const request = { before, since, wanted: wantedMessages(limit) };
      const pages = new HistoryPages(member, room, store.history, request);
      session.runInSlices(() => {
        if (pages.readNext()) return true;
        session.send({ type: "history", room: room.name, ...pages.answer() });
        return false;
      });
    },
  },
};

/** Which messages of a room to read. */
export interface HistoryRequest {
  readonly before: number | undefined;
  readonly since: number | undefined;
  readonly wanted: number;
}

/** Collects the messages of users whom a member does not ignore, page by page. */
export class HistoryPages {
  #found: MessageFrame[] = [];
  #leftOut = 0;
  /** Whether the last page ended with the room's history. */
  #isAll = false;
  #before: number | undefined;
  #after: number | undefined;
  readonly #fromOldest: boolean;

  constructor(
    private readonly member: Member,
    private readonly room: Pick<Room, "key">,
    private readonly history: History,
    private readonly request: HistoryRequest,
  ) {
    this.#before = request.before;
    this.#after = request.since;
    this.#fromOldest = request.since !== undefined;
  }

  /** Reads the next page. @returns whether another one is needed. @throws {StorageError} on a read error. */
  readNext(): boolean {
    // One more than wanted shows whether more exist.
    const missing = this.request.wanted + 1 - this.#found.length;
    const size = Math.min(PAGE_MESSAGES, this.#leftOut === 0 ? missing : PAGE_MESSAGES);
    const page = this.history.read(this.room.key, {
      limit: size,
      ...(this.#before === undefined ? undefined : { before: this.#before }),
      ...(this.#after === undefined ? undefined : { after: this.#after }),
    }).map(({ message }) => message);
    const found = page.filter(({ from }) => !this.member.ignores(nameKey(from)));
    this.#leftOut += page.length - found.length;
    this.#found = this.#fromOldest ? [...this.#found, ...found] : [...found, ...this.#found];
    this.#isAll = page.length < size;
    if (this.#isAll) return false;
    if (this.#fromOldest) this.#after = page.at(-1)!.seq;
    else this.#before = page[0]!.seq;
    return this.#found.length <= this.request.wanted && this.#leftOut < MAX_LEFT_OUT;
  }

  /** The wanted messages that fit into one frame, and whether more exist. */
  answer(): { messages: MessageFrame[]; more: boolean } {
    const { wanted } = this.request;
    const chosen = this.#fromOldest ? this.#found.slice(0, wanted) : this.#found.slice(-wanted);
    const messages = fitting(chosen, this.#fromOldest);
    return { messages, more: !this.#isAll || this.#found.length > messages.length };
  }
}

/** The messages that fit into one frame, starting with the oldest or the newest. */
export function fitting(messages: readonly MessageFrame[], fromOldest: boolean): MessageFrame[] {
  const ordered = fromOldest ? messages : messages.toReversed();
  let shown = 0;
  const end = ordered.findIndex((message) => (shown += shownLength(message)) > MAX_SHOWN_LENGTH);
  const fit = end < 0 ? ordered : ordered.slice(0, end);
  return fromOldest ? [...fit] : fit.toReversed();
}

/** Length of a message as text, with the sender before each line. */
function shownLength({ from, text }: MessageFrame): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return text.length + lines * (from.length + LINE_OVERHEAD);
}
