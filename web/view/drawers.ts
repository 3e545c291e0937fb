import { byId } from "./dom.ts";

/** State of the history entry that is added when a drawer is first opened. */
const OPEN = { drawer: "open" };

/**
 * The two panels at the sides. On a narrow screen they are drawers: one at a time; Esc and the Back button
 * close them.
 */
export class Drawers {
  readonly #shade = byId("shade", HTMLElement);
  readonly #drawers = [
    { panel: byId("places", HTMLElement), toggle: byId("places-toggle", HTMLButtonElement) },
    { panel: byId("people-panel", HTMLElement), toggle: byId("people-toggle", HTMLButtonElement) },
  ];

  /** Whether the browser is at the history entry of a drawer, and the address there. */
  #isAtEntry = false;
  #address = "";

  constructor(opened: () => void) {
    for (const { panel, toggle } of this.#drawers) {
      toggle.addEventListener("click", () => {
        const isOpening = !panel.classList.contains("open");
        this.close();
        if (!isOpening) return;
        panel.classList.add("open");
        toggle.setAttribute("aria-expanded", "true");
        this.#shade.hidden = false;
        if (!isEntryOfDrawer()) history.pushState(OPEN, "");
        this.#noteEntry();
        panel.querySelector<HTMLElement>("button[data-choice][tabindex='0'], input")?.focus();
        opened();
      });
    }
    for (const button of document.querySelectorAll(".drawer-close")) {
      button.addEventListener("click", () => this.close());
    }
    this.#shade.addEventListener("click", () => this.close());
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.close();
    });
    addEventListener("popstate", () => {
      const wasOpen = this.isOpen;
      const isBack = this.#isAtEntry && !isEntryOfDrawer() && location.href === this.#address;
      this.#noteEntry();
      this.close();
      // The entry of a drawer that was closed in another way is skipped: Back leaves the page.
      if (isBack && !wasOpen) history.back();
    });
    this.#noteEntry();
  }

  get isOpen(): boolean {
    return this.#drawers.some(({ panel }) => panel.classList.contains("open"));
  }

  close(): void {
    for (const { panel, toggle } of this.#drawers) {
      if (!panel.classList.contains("open")) continue;
      const hadFocus = panel.contains(document.activeElement);
      panel.classList.remove("open");
      toggle.setAttribute("aria-expanded", "false");
      if (hadFocus) toggle.focus();
    }
    this.#shade.hidden = true;
  }

  #noteEntry(): void {
    this.#isAtEntry = isEntryOfDrawer();
    this.#address = location.href;
  }
}

function isEntryOfDrawer(): boolean {
  return (history.state as typeof OPEN | null)?.drawer === OPEN.drawer;
}
