import { sizeText } from "../../protocol/sizes.ts";
import type { Chat } from "../model/chat.ts";
import type { FileItem } from "../files/file_item.ts";
import { byId, make } from "./dom.ts";
import { KeyedChildren } from "./keyed_children.ts";

/** What somebody may do with a file. */
export interface FileActions {
  accept(item: FileItem): void;
  /** Refuses, takes back, stops or removes it. */
  end(item: FileItem): void;
  save(item: FileItem): void;
}

/** Files that are offered, on their way, or have arrived: above the field for messages. */
export class FileTray {
  readonly #tray = byId("files", HTMLElement);
  readonly #items: KeyedChildren<FileItem>;

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

  show({ files: { items } }: Chat): void {
    this.#tray.hidden = items.length === 0;
    this.#items.show(items);
  }

  #fill(element: HTMLElement, item: FileItem): void {
    const [text, progress, buttons] = element.children as unknown as [
      HTMLParagraphElement,
      HTMLProgressElement,
      HTMLElement,
    ];
    const { name, size, bytes, state } = item;
    text.replaceChildren(
      make("strong", { dir: "auto" }, name),
      ` ${sizeText(size)} ${wayOf(item)} `,
      make("span", { class: "note" }, stateText(item)),
    );
    element.dataset["state"] = state;
    progress.hidden = state !== "running";
    progress.setAttribute("aria-label", `${name}: how much is there`);
    progress.value = size === 0 ? 1 : bytes / size;
    // While it is under way its button stays the same, and keeps the focus.
    if (buttons.dataset["state"] === state && state === "running") return;
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

function stateText({ direction, state, size, bytes, reason, isRoom }: FileItem): string {
  switch (state) {
    case "asked":
      return "…";
    case "offered":
      if (direction === "in") return reason ?? (isRoom ? "for everybody here" : "");
      if (!isRoom) return "waiting for an answer";
      return `offered to everybody here${reason === undefined ? "" : `, ${reason}`}`;
    case "running":
      return `${Math.floor(size === 0 ? 100 : 100 * bytes / size)} %`;
    case "done":
      return direction === "in" ? "saved and checked" : "received and checked";
    case "failed":
      return reason ?? "";
  }
}
