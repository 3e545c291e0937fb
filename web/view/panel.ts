import { make } from "./dom.ts";

let count = 0;

/** A modal panel with a title. Esc and a click beside it close it. */
export class Panel {
  readonly #element: HTMLDialogElement;
  readonly content = make("div", { class: "panel-content" });

  constructor(title: string) {
    const id = `panel-${++count}`;
    const close = make("button", { type: "button", class: "icon", "aria-label": "Close" }, "×");
    close.addEventListener("click", () => this.close());
    this.#element = make(
      "dialog",
      { class: "panel", "aria-labelledby": id },
      make("header", {}, make("h2", { id }, title), close),
      this.content,
    );
    this.#element.addEventListener("click", ({ target }) => {
      if (target === this.#element) this.close();
    });
    this.#element.addEventListener("close", () => {
      // The event comes later: it may be open again.
      if (!this.isOpen) this.#element.remove();
    });
  }

  get isOpen(): boolean {
    return this.#element.open;
  }

  /** @param focused the element that gets the focus; by default the first one that can. */
  open(focused?: HTMLElement): void {
    if (!this.isOpen) {
      document.body.append(this.#element);
      this.#element.showModal();
    }
    focused?.focus();
  }

  /** The browser returns the focus to the element that had it. */
  close(): void {
    this.#element.close();
  }
}
