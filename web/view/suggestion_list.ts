import type { Suggestion } from "../model/completion.ts";
import { byId, make, setText } from "./dom.ts";

/** What the half-typed word may become, above the field. The focus stays in the field. */
export class SuggestionList {
  readonly #list = byId("suggestions", HTMLUListElement);
  readonly #hint = byId("suggestion-hint", HTMLElement);
  #suggestions: readonly Suggestion[] = [];
  #index = 0;
  /** Whether somebody has moved in the list, so that Enter takes what is chosen there. */
  isChosen = false;

  constructor(private readonly field: HTMLElement, private readonly take: () => void) {
    // The field keeps the focus.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  get isOpen(): boolean {
    return this.#suggestions.length > 0;
  }

  /** Place of the one that is chosen. */
  get index(): number {
    return this.#index;
  }

  show(suggestions: readonly Suggestion[]): void {
    this.#suggestions = suggestions;
    this.#index = 0;
    this.isChosen = false;
    this.#list.hidden = !this.isOpen;
    this.#list.replaceChildren(
      ...suggestions.map((suggestion, index) => this.#option(suggestion, index)),
    );
    const count = suggestions.length;
    setText(this.#hint, count === 0 ? "" : `${count} suggestions. Tab takes the first.`);
    this.#mark();
  }

  /** Goes to the next one, or the one before. */
  move(step: number): true {
    const { length } = this.#suggestions;
    this.#index = (this.#index + step + length) % length;
    this.isChosen = true;
    this.#mark();
    return true;
  }

  #option({ label, detail }: Suggestion, index: number): HTMLElement {
    const option = make(
      "li",
      { role: "option", id: `suggestion-${index}` },
      make("span", { class: "label" }, label),
      make("span", { class: "note" }, detail),
    );
    option.addEventListener("click", () => {
      this.#index = index;
      this.take();
    });
    return option;
  }

  #mark(): void {
    for (const [index, option] of [...this.#list.children].entries()) {
      option.setAttribute("aria-selected", String(index === this.#index));
      if (index === this.#index) option.scrollIntoView({ block: "nearest" });
    }
    if (this.isOpen) this.field.setAttribute("aria-activedescendant", `suggestion-${this.#index}`);
    else this.field.removeAttribute("aria-activedescendant");
  }
}
