import { sizeText } from "../../protocol/text.ts";
import type { FileItem } from "../files/file_item.ts";
import { isRunning, stateText, wayOf } from "../files/file_text.ts";
import { make } from "./dom.ts";

/** What the user does with a file: accepts it; refuses, takes back or stops it; saves it again. */
export type FileAction = "accept" | "end" | "save";

/** The buttons of the files in the log. */
export class FileRows {
  constructor(log: HTMLElement, act: (key: string, action: FileAction) => void) {
    log.addEventListener("click", ({ target }) => {
      const button = (target as Element).closest<HTMLElement>("[data-file]");
      const key = button?.closest<HTMLElement>(".entry.file")?.dataset.key;
      if (key !== undefined) act(key, button!.dataset.file as FileAction);
    });
  }
}

/**
 * Shows a file that is offered or transferred, in its entry of the log.
 *
 * While bytes arrive only the bar changes: the button keeps the focus, and a screen reader reads nothing.
 */
export function fillFile(row: HTMLElement, item: FileItem): void {
  const { name, size, bytes, state, content } = item;
  let progress = row.querySelector("progress");
  const shown = JSON.stringify([state, stateText(item), content === undefined]);
  if (progress === null || row.dataset.shown !== shown) {
    row.dataset.shown = shown;
    row.dataset.state = state;
    const hadFocus = row.contains(document.activeElement);
    progress = make("progress", { max: "1", "aria-label": `${name}: how much is there` });
    row.replaceChildren(
      make(
        "p",
        {},
        make("strong", { class: "file-name", dir: "auto" }, name),
        ` ${sizeText(size)} ${wayOf(item)} `,
        make("span", { class: "note" }, stateText(item)),
      ),
      progress,
      make("div", { class: "buttons" }, ...buttonsOf(item)),
    );
    if (hadFocus) row.querySelector("button")?.focus();
  }
  progress.hidden = !isRunning(item);
  progress.value = size === 0 ? 1 : bytes / size;
}

function buttonsOf(item: FileItem): HTMLElement[] {
  const { direction, state, content, name } = item;
  const button = (label: string, action: FileAction, kind = "") =>
    make(
      "button",
      { type: "button", class: kind, "data-file": action },
      label,
      make("span", { class: "unseen" }, ` ${name}`),
    );
  switch (state) {
    case "offered":
      return direction === "out"
        ? [button("Take back", "end")]
        : [button("Accept", "accept", "primary"), button("Refuse", "end")];
    case "running":
      return [button("Stop", "end")];
    default:
      return content === undefined ? [] : [button("Save again", "save")];
  }
}
