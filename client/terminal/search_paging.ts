import { type ClientFrame, findCommand, type ServerFrame } from "../../protocol/mod.ts";

/** The last search of a user: without words, `/search` continues it with older messages. */
export class SearchPaging {
  #next: (ClientFrame & { type: "search" }) | undefined;

  /** Handles the answer to a search. @returns the hint to show after it, if any. */
  receive({ room, words, before }: ServerFrame & { type: "search" }): string | undefined {
    this.#next = before === undefined ? undefined : { type: "search", room, words, before };
    return this.#next && "/search without words continues with older messages.";
  }

  /** The request for the next page; `undefined` for any other line, and without an unfinished search. */
  requested(line: string): ClientFrame | undefined {
    const command = line.trim();
    return findCommand(command)?.name === "/search" ? this.#next : undefined;
  }
}
