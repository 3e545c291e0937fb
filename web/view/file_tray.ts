import { sizeText } from "../../protocol/text.ts";
import type { Chat } from "../model/chat.ts";
import type { FileItem, ReceiverCounts } from "../files/file_item.ts";
import { byId, make } from "./dom.ts";
import { KeyedChildren } from "./keyed_children.ts";
import { ScrollKeeper } from "./scroll_keeper.ts";

export interface FileActions {
  accept(item: FileItem): void;
  /** Refuses, withdraws, cancels or removes it. */
  end(item: FileItem): void;
  save(item: FileItem): void;
}

/** The list of offered, transferred and received files, above the message field. */
export class FileTray {
  readonly #tray = byId("files", HTMLElement);
  readonly #items: KeyedChildren<FileItem>;
  readonly #scroll = new ScrollKeeper(this.#tray);
  /** Key of the last line. */
  #newest: string | undefined;

  constructor(private readonly actions: FileActions) {
    this.#items = new KeyedChildren<FileItem>(byId("file-list", HTMLUListElement), {
      keyOf: ({ key }) => key,
      make: () =>
        make(
          "li",
          {},
          make("p"),
          make("progress", { max: "1" }),
          make("div", { class: "buttons" }),
        ),
      isSame: (one, other) => one === other,
      fill: (element, item) => this.#fill(element, item),
    });
  }

  show({ active, files }: Chat): void {
    const items = files.itemsOf(active);
    this.#tray.hidden = items.length === 0;
    this.#scroll.keepDuring(() => this.#items.show(items));
    const newest = items.at(-1)?.key;
    if (newest !== this.#newest) this.#scroll.toEnd();
    this.#newest = newest;
  }

  #fill(element: HTMLElement, item: FileItem): void {
    const text = element.querySelector("p")!;
    const progress = element.querySelector("progress")!;
    const buttons = element.querySelector("div")!;
    const { name, size, bytes, state, reason = "" } = item;
    text.replaceChildren(
      make("strong", { dir: "auto" }, name),
      ` ${sizeText(size)} ${wayOf(item)} `,
      make("span", { class: "note" }, stateText(item)),
    );
    const isRefused = reason !== "" && element.dataset["reason"] !== reason;
    Object.assign(element.dataset, { state, reason });
    progress.hidden = !isRunning(item);
    progress.setAttribute("aria-label", `${name}: how much is there`);
    progress.value = size === 0 ? 1 : bytes / size;
    if (isRefused) element.scrollIntoView({ block: "nearest" });
    // During a transfer the button stays the same, and keeps the focus.
    if (buttons.dataset["state"] === state && isRunning(item)) return;
    buttons.dataset["state"] = state;
    const hadFocus = buttons.contains(document.activeElement);
    buttons.replaceChildren(...this.#buttonsOf(item));
    if (hadFocus) buttons.querySelector("button")?.focus();
  }

  #buttonsOf(item: FileItem): HTMLElement[] {
    const { direction, state, content } = item;
    const end = (label: string) => buttonOf(label, item, () => this.actions.end(item));
    switch (state) {
      case "asked":
        return [];
      case "offered":
        return direction === "out" ? [end("Take back")] : [
          buttonOf("Accept", item, () => this.actions.accept(item), "primary"),
          end("Refuse"),
        ];
      case "running":
        return [end("Stop")];
      default:
        return content === undefined
          ? [end("Close")]
          : [buttonOf("Save again", item, () => this.actions.save(item)), end("Close")];
    }
  }
}

function buttonOf(label: string, { name }: FileItem, act: () => void, kind = ""): HTMLElement {
  const button = make(
    "button",
    { type: "button", class: kind },
    label,
    make("span", { class: "unseen" }, ` ${name}`),
  );
  button.addEventListener("click", act);
  return button;
}

function wayOf({ direction, who }: FileItem): string {
  return direction === "in" ? `from ${who}` : `to ${who}`;
}

function isRunning({ state, receivers }: FileItem): boolean {
  return state === "running" || (receivers?.running ?? 0) > 0;
}

/** The state of an offer to a room: receivers by the state of their transfer. */
function receiversText(
  { running, done, failed, refused }: ReceiverCounts,
  percent: number,
): string {
  return [
    running > 0 ? `${running} receiving (${percent} %)` : "",
    done > 0 ? `received by ${done}` : "",
    failed > 0 ? `${failed} failed` : "",
    refused > 0 ? `not wanted by ${refused}` : "",
  ].filter((part) => part !== "").join(", ");
}

function stateText(item: FileItem): string {
  const { direction, state, size, bytes, reason, place, receivers } = item;
  const percent = Math.floor(size === 0 ? 100 : 100 * bytes / size);
  if (receivers !== undefined && state !== "asked" && state !== "failed") {
    const offer = state === "offered" ? "offered to all users here" : "";
    return [offer, receiversText(receivers, percent)].filter((part) => part !== "").join(", ");
  }
  switch (state) {
    case "asked":
      return "…";
    case "offered":
      if (direction === "in") return reason ?? (place.kind === "room" ? "for all users here" : "");
      return "waiting for an answer";
    case "running":
      return `${percent} %`;
    case "done":
      return direction === "in" ? "saved and checked" : "received and checked";
    case "failed":
      return reason ?? "";
  }
}
