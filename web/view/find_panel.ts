import type { Entry } from "../model/conversation.ts";
import { type Finder, partsOf } from "../model/finder.ts";
import { foldedText } from "../../protocol/message_search.ts";
import { readableText } from "../../protocol/stored_files.ts";
import { counted } from "../../protocol/text.ts";
import type { Settings } from "../model/settings.ts";
import { make, setText } from "./dom.ts";
import { colorAttribute, withJoinedTexts } from "./message_text.ts";
import { Panel } from "./panel.ts";

/** Maximum number of marked words of a result. */
const MAX_MARKS = 20;

/** Time without a key until the server is asked. */
const PAUSE_MILLISECONDS = 300;

export interface FindPanelActions {
  /** Finds messages of the open conversation. */
  find(words: string, isFull: boolean): void;
  findOlder(): void;
  /** Shows a message in the log. @returns false if the log does not have it. */
  jump(entry: Entry): boolean;
}

/** Finds messages of the open conversation. */
export class FindPanel {
  readonly #panel = new Panel("Find messages");
  readonly #field = make("input", {
    enterkeyhint: "search",
    "aria-label": "Words",
    placeholder: 'Words, or "a phrase"',
    maxlength: "256",
    dir: "auto",
  });
  readonly #status = make("p", { class: "hint", role: "status" });
  readonly #results = make("ol", { class: "results", "aria-label": "Results" });
  readonly #older = make("button", { type: "button" }, "Search older messages");
  #shown: readonly Entry[] = [];
  #timer: number | undefined;

  constructor(private readonly actions: FindPanelActions) {
    const form = make("form", { role: "search" }, this.#field);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#find();
    });
    this.#field.addEventListener("input", () => {
      actions.find(this.#field.value, false);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#find(), PAUSE_MILLISECONDS);
    });
    this.#older.addEventListener("click", () => actions.findOlder());
    this.#panel.content.append(form, this.#status, this.#results, this.#older);
  }

  /** @param words those of a typed command, if any. */
  open(words = ""): void {
    this.#field.value = words;
    this.#panel.open(this.#field);
    this.#field.select();
    this.#find();
  }

  show(finder: Finder, { clock }: Settings): void {
    if (!this.#panel.isOpen) return;
    const { results, words, isSearching, hasMore, fault } = finder;
    setText(this.#status, statusOf(finder));
    this.#status.classList.toggle("fault", fault !== "");
    this.#older.hidden = !hasMore || isSearching;
    if (results === this.#shown) return;
    this.#shown = results;
    const parts = partsOf(words);
    this.#results.replaceChildren(
      ...results.map((entry) => this.#result(entry, parts, clock)),
    );
  }

  #find(): void {
    clearTimeout(this.#timer);
    this.actions.find(this.#field.value, true);
  }

  #result(entry: Entry, parts: readonly string[], clock: Settings["clock"]): HTMLElement {
    const { from, text, time } = entry;
    const found = make("span", { class: "found", dir: "auto" });
    found.append(...marked(readableText(entry), parts));
    const date = new Date(time);
    const button = make(
      "button",
      { type: "button" },
      make("span", { class: "name", dir: "auto", ...colorAttribute(from) }, from),
      " ",
      make(
        "time",
        { datetime: date.toISOString() },
        date.toLocaleString([], {
          dateStyle: "medium",
          timeStyle: "short",
          hour12: clock === "12",
        }),
      ),
      found,
    );
    button.addEventListener("click", () => {
      this.#panel.close();
      if (this.actions.jump(entry)) return;
      this.#panel.open(button);
      button.classList.add("whole");
      found.replaceChildren(...marked(text, parts));
    });
    return make("li", {}, button);
  }
}

function statusOf({ words, place, results, isSearching, fault, hasMore }: Finder): string {
  if (fault !== "") return fault;
  if (words.trim() === "" || place === undefined) return "";
  const where = place.kind === "room" ? `in # ${place.name}` : `with ${place.name}`;
  const found = `${counted(results.length, "message")} ${where}`;
  return isSearching ? `${found}, searching…` : hasMore ? `${found} so far` : found;
}

/** Marks words with a part that was searched for, from the start of the text. */
function marked(text: string, parts: readonly string[]): (Node | string)[] {
  let left = MAX_MARKS;
  const nodes = text.split(/([\p{L}\p{N}\p{M}]+)/u).map((word, index) => {
    const isMarked = left > 0 && index % 2 === 1 &&
      parts.some((part) => foldedText(word).includes(part));
    if (isMarked) left--;
    return isMarked ? make("mark", {}, word) : word;
  });
  return withJoinedTexts(nodes);
}
