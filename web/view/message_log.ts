import type { Chat } from "../model/chat.ts";
import type { Conversation, Entry } from "../model/conversation.ts";
import { clockTime, type Row, rowsOf } from "../model/rows.ts";
import { make } from "./dom.ts";
import { KeyedChildren } from "./keyed_children.ts";
import { colorAttribute, textNodes } from "./message_text.ts";
import { ScrollKeeper } from "./scroll_keeper.ts";

export interface MessageLogListener {
  /** The user has scrolled near the top. */
  loadOlder(): void;
  /** The user has jumped to the newest messages. */
  wentToEnd(): void;
}

/**
 * The entries of the open conversation.
 *
 * 1. At the end the list follows the newest entry; elsewhere the visible line stays in place
 *    when entries are added above or below it.
 * 2. Older messages are requested when the top is near.
 */
export class MessageLog {
  #rows: KeyedChildren<Row>;
  #shown: Conversation | undefined;
  #reader = "";
  readonly #scroll: ScrollKeeper;

  constructor(
    private readonly log: HTMLElement,
    private readonly newest: HTMLButtonElement,
    private readonly listener: MessageLogListener,
  ) {
    this.#rows = this.#makeRows();
    this.#scroll = new ScrollKeeper(log);
    log.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    newest.addEventListener("click", () => {
      this.#scroll.toEnd();
      listener.wentToEnd();
    });
  }

  /** Scrolls to the newest entry, such as after a message of the user. */
  follow(): void {
    this.#scroll.toEnd();
  }

  show(chat: Chat): void {
    const conversation = chat.active;
    const isOther = conversation !== this.#shown || chat.name !== this.#reader;
    if (isOther) {
      this.#shown = conversation;
      this.#reader = chat.name;
      this.log.replaceChildren();
      this.#rows = this.#makeRows();
      this.#scroll.toEnd();
    }
    // Screen readers should not read a whole page of history.
    this.log.setAttribute("aria-busy", String(conversation.isLoading || isOther));
    if (this.#scroll.isAtEnd) conversation.trim();
    const before = this.log.lastElementChild;
    this.#scroll.keepDuring(() => this.#rows.show(rowsOf(conversation, Date.now())));
    this.#onScroll();
    const isNew = before !== null && this.log.lastElementChild !== before;
    if (!this.#scroll.isAtEnd && isNew) this.newest.hidden = false;
  }

  #onScroll(): void {
    if (this.#scroll.isAtEnd) this.newest.hidden = true;
    if (this.#scroll.isNearStart) this.listener.loadOlder();
  }

  #makeRows(): KeyedChildren<Row> {
    return new KeyedChildren<Row>(this.log, {
      keyOf: ({ key }) => key,
      make: ({ kind }) => make("div", { class: kind }),
      isSame: isSameRow,
      fill: (element, row) => {
        switch (row.kind) {
          case "day":
            return element.replaceChildren(make("span", {}, row.name));
          case "unread":
            return element.replaceChildren(make("span", {}, "New"));
          case "entry":
            fillEntry(element, row.entry, row.isContinued, this.#reader);
        }
      },
    });
  }
}

function isSameRow(one: Row, other: Row): boolean {
  if (one.kind === "day" && other.kind === "day") return one.name === other.name;
  return one.kind !== "entry" || other.kind !== "entry" ||
    (one.entry === other.entry && one.isContinued === other.isContinued);
}

function fillEntry(
  element: HTMLElement,
  entry: Entry,
  isContinued: boolean,
  reader: string,
): void {
  const { kind, isAction, isOwn, isMention, status } = entry;
  element.className = [
    "entry",
    kind,
    isAction ? "action" : "",
    isOwn ? "own" : "",
    isMention ? "mention" : "",
    isContinued ? "continued" : "",
    status,
  ].filter((name) => name !== "").join(" ");
  // Messages have their own direction; notices are in the language of the page.
  const direction = kind === "message" && !isAction ? { dir: "auto" } : undefined;
  const content = make("div", { class: "text", ...direction }, ...contentOf(entry, reader));
  if (kind !== "message" || isAction) return element.replaceChildren(timeOf(entry), content);
  element.replaceChildren(
    ...(isContinued ? [] : [avatarOf(entry.from)]),
    make("div", { class: "byline" }, nameOf(entry.from), timeOf(entry)),
    content,
  );
}

function contentOf({ kind, text, from, isOwn, isAction, status, reason }: Entry, reader: string) {
  if (kind === "notice" && text.includes("\n")) return text.split("\n").map(lineOf);
  const nodes = textNodes(text, kind === "message" && !isOwn ? reader : "");
  if (isAction) {
    nodes.splice(0, Infinity, "* ", nameOf(from), " ", make("bdi", {}, ...nodes));
  }
  if (status === "pending") {
    nodes.push(
      make("span", { class: "pending-mark" }, make("span", { class: "unseen" }, " (not sent yet)")),
    );
  }
  if (status === "refused") {
    nodes.push(make("span", { class: "reason" }, `Not sent: ${reason ?? ""}`));
  }
  return nodes;
}

/** A line of a list, such as that of the commands, whose columns consist of spaces. */
function lineOf(line: string): HTMLElement {
  const [, left, right] = /^\s+(\S.*?)\s{2,}(\S.*)$/.exec(line) ?? [];
  if (left === undefined || right === undefined) {
    return make("div", { class: /^\s/.test(line) ? "item" : "" }, line.trim());
  }
  // The space is for copied text and for screen readers.
  return make("div", { class: "item pair" }, make("b", {}, left), " ", make("span", {}, right));
}

function nameOf(name: string): HTMLElement {
  return make("span", { class: "name", dir: "auto", ...colorAttribute(name) }, name);
}

function timeOf({ time }: Entry): HTMLElement {
  const date = new Date(time);
  return make(
    "time",
    { datetime: date.toISOString(), title: date.toLocaleString() },
    clockTime(time),
  );
}

function avatarOf(name: string): HTMLElement {
  const [initial = ""] = name;
  const attributes = {
    class: "avatar",
    ...colorAttribute(name),
    "aria-hidden": "true",
  };
  return make("span", attributes, initial.toUpperCase());
}
