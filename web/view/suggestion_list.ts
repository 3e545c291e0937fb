import { counted } from "../../protocol/text.ts";
import type { Suggestion } from "../model/suggestions.ts";
import { byId, make, setText } from "./dom.ts";

/** The suggestions for the incomplete word, above the field. The focus stays in the field. */
export class SuggestionList {
  readonly #list = byId("suggestions", HTMLUListElement);
  readonly #hint = byId("suggestion-hint", HTMLElement);
  #suggestions: readonly Suggestion[] = [];
  /** Index of the highlighted suggestion; -1 for none. */
  #index = -1;

  constructor(private readonly field: HTMLElement, private readonly take: () => void) {
    // The field keeps the focus.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  get isOpen(): boolean {
    return this.#suggestions.length > 0;
  }

  /** Whether a suggestion is highlighted: Enter takes it. */
  get hasHighlight(): boolean {
    return this.#index >= 0;
  }

  /** Index of the highlighted suggestion, else of the first. */
  get index(): number {
    return Math.max(this.#index, 0);
  }

  /** @param isHighlighted whether the first suggestion is highlighted, so that Enter takes it. */
  show(suggestions: readonly Suggestion[], isHighlighted = true): void {
    this.#suggestions = suggestions;
    this.#index = isHighlighted && suggestions.length > 0 ? 0 : -1;
    this.#list.hidden = !this.isOpen;
    this.#list.replaceChildren(
      ...suggestions.map((suggestion, index) => this.#option(suggestion, index)),
    );
    const count = suggestions.length;
    const keys = isHighlighted ? "Tab or Enter" : "Tab";
    const all = counted(count, "suggestion");
    setText(this.#hint, count === 0 ? "" : `${all}. ${keys} takes the first.`);
    this.#mark();
  }

  /** Highlights the next suggestion, or the previous one. */
  move(step: number): true {
    const { length } = this.#suggestions;
    const from = this.hasHighlight ? this.#index : Math.min(-step, 0);
    this.#index = (from + step + length) % length;
    this.#mark();
    return true;
  }

  #option({ label, detail }: Suggestion, index: number): HTMLElement {
    const option = make(
      "li",
      { role: "option", id: `suggestion-${index}` },
      make("span", { class: "label", dir: "auto" }, label),
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
    if (this.hasHighlight) {
      this.field.setAttribute("aria-activedescendant", `suggestion-${this.#index}`);
    } else this.field.removeAttribute("aria-activedescendant");
  }
}
