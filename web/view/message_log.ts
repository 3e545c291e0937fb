import type { Chat } from "../model/chat.ts";
import type { Conversation, Entry } from "../model/conversation.ts";
import { LogWindow } from "../model/log_window.ts";
import { clockTime, introOf, type Row, rowsOf } from "../model/rows.ts";
import { DEFAULT_SETTINGS, type Settings } from "../model/settings.ts";
import { make } from "./dom.ts";
import { fillFile } from "./file_row.ts";
import { fillIntro } from "./intro.ts";
import { KeyedChildren } from "./keyed_children.ts";
import { refusalButtons } from "./message_actions.ts";
import { colorAttribute, lineNodes, messageNodes, textNodes } from "./message_text.ts";
import { storedFileNode } from "./stored_file.ts";
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
 * 3. Only entries near what the user sees are in the document, and nothing is done for new ones that are
 *    not: a user who reads older messages of a busy room is not disturbed.
 */
export class MessageLog {
  #rows: KeyedChildren<Row>;
  #shown: Conversation | undefined;
  #reader = "";
  #settings = DEFAULT_SETTINGS;
  readonly #scroll: ScrollKeeper;
  readonly #window = new LogWindow();
  #drawn: readonly Row[] = [];
  /** The key of the newest entry at the last call of {@link show}. */
  #newestKey: string | undefined;

  constructor(
    private readonly log: HTMLElement,
    private readonly newest: HTMLButtonElement,
    private readonly listener: MessageLogListener,
  ) {
    this.#rows = this.#makeRows();
    this.#scroll = new ScrollKeeper(log);
    log.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    newest.addEventListener("click", () => {
      this.follow();
      this.#draw();
      this.#onScroll();
      listener.wentToEnd();
    });
  }

  /** Scrolls to the newest entry, such as after a message of the user. */
  follow(): void {
    this.#window.reset();
    this.#window.hasEntriesBelow = false;
    this.#scroll.toEnd();
  }

  /** Moves the focus to an entry. @returns false if it is not in the log. */
  jump(key: string): boolean {
    const find = () => this.log.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    const entries = this.#shown?.entries ?? [];
    const index = entries.findIndex((entry) => entry.key === key);
    if (index < 0) return false;
    if (find() === null) {
      this.#window.moveTo(entries, index);
      this.#scroll.leaveEnd();
      this.#draw();
    }
    const element = find();
    if (element === null) return false;
    element.tabIndex = -1;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    return true;
  }

  show(chat: Chat, settings: Settings): void {
    const conversation = chat.active;
    const isOther = conversation !== this.#shown || chat.name !== this.#reader ||
      settings !== this.#settings;
    if (isOther) {
      this.#shown = conversation;
      this.#reader = chat.name;
      this.#settings = settings;
      this.log.classList.toggle("clock-12", settings.clock === "12");
      this.log.replaceChildren();
      this.#rows = this.#makeRows();
      this.#drawn = [];
      this.follow();
    }
    // Screen readers should not read a whole page of history.
    this.log.setAttribute("aria-busy", String(conversation.isLoading || isOther));
    this.#draw();
    const newest = conversation.entries.at(-1)?.key;
    if (!isOther && !this.#isFollowing && newest !== this.#newestKey) this.newest.hidden = false;
    this.#newestKey = newest;
    this.#onScroll();
  }

  /** Whether the newest entry is shown, and stays visible. */
  get #isFollowing(): boolean {
    return this.#scroll.isAtEnd && !this.#window.hasEntriesBelow;
  }

  #draw(): void {
    const conversation = this.#shown;
    if (conversation === undefined) return;
    const isAtEnd = this.#isFollowing;
    conversation.trim(!isAtEnd);
    const entries = this.#window.select(conversation.entries, {
      isAtEnd,
      isNearStart: !isAtEnd && this.#scroll.isNearStart,
      isNearEnd: !isAtEnd && this.#scroll.isNearEnd,
    });
    const { firstUnread, hasOlder, isLoading } = conversation;
    const isWhole = !this.#window.hasEntriesAbove && !hasOlder && !isLoading;
    const now = Date.now();
    const rows = [
      ...(isWhole ? [introOf(conversation)] : []),
      ...rowsOf({ entries, firstUnread }, now, this.#settings.presence),
    ];
    if (
      rows.length === this.#drawn.length &&
      rows.every((row, index) =>
        row.key === this.#drawn[index]!.key && isSameRow(row, this.#drawn[index]!)
      )
    ) return;
    this.#drawn = rows;
    if (!isAtEnd) this.#scroll.leaveEnd();
    this.#scroll.keepDuring(() => this.#rows.show(rows));
  }

  #onScroll(): void {
    if (this.#isFollowing) this.newest.hidden = true;
    const { hasEntriesAbove, hasEntriesBelow } = this.#window;
    const isNearStart = this.#scroll.isNearStart;
    if (isNearStart && !hasEntriesAbove) this.listener.loadOlder();
    const isNearHidden = (isNearStart && hasEntriesAbove && !this.#scroll.isAtEnd) ||
      (hasEntriesBelow && this.#scroll.isNearEnd);
    if (isNearHidden) this.#draw();
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
          case "intro":
            return fillIntro(element, row.place, row.name, row.isEmpty);
          case "unread":
            return element.replaceChildren(make("span", {}, "New messages"));
          case "entry":
            fillEntry(element, row.entry, row.isContinued, this.#reader, this.#settings);
        }
      },
    });
  }
}

function isSameRow(one: Row, other: Row): boolean {
  if (one.kind === "day" && other.kind === "day") return one.name === other.name;
  if (one.kind === "intro" && other.kind === "intro") {
    return one.name === other.name && one.isEmpty === other.isEmpty;
  }
  return one.kind !== "entry" || other.kind !== "entry" ||
    (one.entry === other.entry && one.isContinued === other.isContinued);
}

function fillEntry(
  element: HTMLElement,
  entry: Entry,
  isContinued: boolean,
  reader: string,
  { clock }: Settings,
): void {
  const { key, kind, isAction, isAutomatic, isOwn, isMention, status, changes = [] } = entry;
  element.dataset.key = key;
  element.className = [
    "entry",
    kind,
    isAction ? "action" : "",
    isAutomatic ? "automatic" : "",
    isOwn ? "own" : "",
    isMention ? "mention" : "",
    isContinued ? "continued" : "",
    status,
  ].filter((name) => name !== "").join(" ");
  if (entry.transfer !== undefined) {
    const row = element.querySelector<HTMLElement>(".file-row") ??
      make("div", { class: "file-row" });
    fillFile(row, entry.transfer);
    if (row.parentElement !== element) element.replaceChildren(timeOf(entry, clock), row);
    return;
  }
  if (changes.length > 1) {
    const wasOpen = element.querySelector("details")?.open === true;
    const details = make(
      "details",
      { class: "text" },
      make("summary", {}, entry.text),
      ...changes.map(({ text, time }) =>
        make("p", {}, make("span", {}, clockTime(time, clock)), " ", text)
      ),
    );
    details.open = wasOpen;
    return element.replaceChildren(timeOf(entry, clock), details);
  }
  // Messages have their own direction; notices are in the language of the page.
  const direction = kind === "message" && !isAction ? { dir: "auto" } : undefined;
  const content = make("div", { class: "text", ...direction }, ...contentOf(entry, reader));
  if (kind !== "message" || isAction) return element.replaceChildren(timeOf(entry, clock), content);
  element.replaceChildren(
    ...(isContinued ? [] : [avatarOf(entry.from)]),
    make(
      "div",
      { class: "byline" },
      nameOf(entry.from),
      ...(isAutomatic ? [make("span", { class: "tag" }, "notice")] : []),
      timeOf(entry, clock),
    ),
    content,
  );
}

function contentOf(entry: Entry, reader: string) {
  const { kind, text, from, isOwn, isAction, status, reason, file } = entry;
  if (file !== undefined) return [storedFileNode(file)];
  if (kind === "notice" && text.includes("\n")) return text.split("\n").map(lineOf);
  const nodesOf = kind !== "message" ? textNodes : isAction ? lineNodes : messageNodes;
  const nodes = nodesOf(text, isOwn ? "" : reader);
  if (isAction) {
    nodes.splice(0, Infinity, "* ", nameOf(from), " ", make("bdi", {}, ...nodes));
  }
  if (status === "pending") {
    nodes.push(
      make("span", { class: "pending-mark" }, make("span", { class: "unseen" }, " (not sent yet)")),
    );
  }
  if (status === "refused") {
    nodes.push(make("span", { class: "reason" }, `Not sent: ${reason ?? ""}`), refusalButtons());
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

function timeOf({ time }: Entry, clock: Settings["clock"]): HTMLElement {
  const date = new Date(time);
  return make(
    "time",
    { datetime: date.toISOString(), title: date.toLocaleString() },
    clockTime(time, clock),
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
