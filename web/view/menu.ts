import { make } from "./dom.ts";

/** An action of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
  /** Whether it takes something away from another user. */
  readonly isHarsh?: true;
}

/** Distance in pixels from the anchor and from the edges of the window. */
const MARGIN = 6;

/** The step of each key in a menu of a length. */
const STEPS: Readonly<Record<string, (index: number, length: number) => number>> = {
  ArrowDown: (index, length) => (index + 1) % length,
  ArrowUp: (index, length) => (index - 1 + length) % length,
  Home: () => 0,
  End: (_index, length) => length - 1,
};

/** A menu beside the element that opened it; one at a time. */
export class Menu {
  readonly #element = make("div", { class: "menu", role: "menu", hidden: "" });
  #anchor: HTMLElement | undefined;

  /** @param lost called when the element that opened the menu is gone, and the focus with it. */
  constructor(parent: HTMLElement, private readonly lost: () => void) {
    parent.append(this.#element);
    this.#element.addEventListener("keydown", (event) => {
      if (!this.#handle(event.key)) return;
      event.preventDefault();
      event.stopPropagation(); // Esc closes the menu only, not the panel below it
    });
    this.#element.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.#element.contains(relatedTarget as Node | null)) this.#hide();
    });
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.#element.contains(target as Node)) this.#hide();
    });
    addEventListener("resize", () => this.#hide());
  }

  /** @param label for screen readers. */
  open(anchor: HTMLElement, label: string, items: readonly MenuItem[]): void {
    this.#element.replaceChildren(...items.map((item) => this.#itemOf(item)));
    this.#element.setAttribute("aria-label", label);
    this.#element.hidden = false;
    this.#anchor = anchor;
    this.#place(anchor.getBoundingClientRect());
    this.#items[0]?.focus();
  }

  get #items(): HTMLElement[] {
    return [...this.#element.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  #itemOf({ label, run, isHarsh }: MenuItem): HTMLElement {
    const item = make("button", { type: "button", role: "menuitem", tabindex: "-1" }, label);
    item.classList.toggle("harsh", isHarsh === true);
    item.addEventListener("click", () => {
      this.#close();
      run();
    });
    return item;
  }

  #place({ left, right, top, bottom }: DOMRect): void {
    const { offsetWidth: width, offsetHeight: height, style } = this.#element;
    const isRight = left + width + MARGIN > innerWidth;
    const isAbove = bottom + height + 2 * MARGIN > innerHeight;
    const place = (wanted: number, size: number, all: number) =>
      `${Math.max(MARGIN, Math.min(wanted, all - size - MARGIN))}px`;
    style.left = place(isRight ? right - width : left, width, innerWidth);
    style.top = place(isAbove ? top - height - MARGIN : bottom + MARGIN, height, innerHeight);
  }

  #handle(key: string): boolean {
    if (key === "Escape" || key === "Tab") {
      this.#close();
      return true;
    }
    const items = this.#items;
    const step = STEPS[key];
    if (step === undefined) return false;
    items[step(items.indexOf(document.activeElement as HTMLElement), items.length)]?.focus();
    return true;
  }

  /** Returns the focus. */
  #close(): void {
    const anchor = this.#anchor;
    this.#hide();
    if (anchor?.isConnected === true) anchor.focus();
    else this.lost();
  }

  #hide(): void {
    this.#anchor = undefined;
    this.#element.hidden = true;
  }
}
