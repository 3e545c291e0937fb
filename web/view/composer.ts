import { complete, type Completion, type Vocabulary, withSuggestion } from "../model/completion.ts";
import { byId } from "./dom.ts";
import { SuggestionList } from "./suggestion_list.ts";

/** What the field for messages takes from the page. */
export interface ComposerHost {
  vocabulary(): Vocabulary;
  submit(text: string): void;
}

/** Highest the field becomes, in pixels. */
const HIGHEST = 200;

/** The field in which one types: Enter sends, Shift+Enter begins a line, Tab completes. */
export class Composer {
  readonly #field = byId("message", HTMLTextAreaElement);
  readonly #suggestions = new SuggestionList(this.#field, () => this.#take());
  #completion: Completion | undefined;
  /** What was typed before, the newest last, and where the arrows are in it. */
  readonly #said: string[] = [];
  #at = 0;

  constructor(private readonly host: ComposerHost) {
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#field.addEventListener("input", () => {
      this.#fit();
      this.#suggest(false);
    });
    this.#field.addEventListener("blur", () => this.#dismiss());
  }

  focus(): void {
    this.#field.focus();
  }

  clear(): void {
    this.#write("");
  }

  #onKey(event: KeyboardEvent): void {
    // What an input method composes is its own business.
    if (event.isComposing) return;
    if (this.#handle(event)) event.preventDefault();
  }

  #handle({ key, shiftKey, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
    if (ctrlKey || altKey || metaKey) return false;
    const isOpen = this.#suggestions.isOpen;
    switch (key) {
      case "Enter":
        if (shiftKey) return false;
        if (isOpen && this.#suggestions.isChosen) this.#take();
        else this.#send();
        return true;
      case "Tab":
        if (shiftKey || this.#field.value === "") return false;
        if (!isOpen) this.#suggest(true);
        if (this.#suggestions.isOpen) this.#take();
        return this.#completion !== undefined || isOpen;
      case "Escape":
        if (!isOpen) return false;
        this.#dismiss();
        return true;
      case "ArrowDown":
      case "ArrowUp":
        if (isOpen) return this.#suggestions.move(key === "ArrowDown" ? 1 : -1);
        return this.#recall(key === "ArrowDown" ? 1 : -1);
      default:
        return false;
    }
  }

  #send(): void {
    const text = this.#field.value;
    this.#dismiss();
    if (text.trim() === "") return;
    if (this.#said.at(-1) !== text) this.#said.push(text);
    this.#at = this.#said.length;
    this.#write("");
    this.host.submit(text);
    this.focus();
  }

  /** Arrows bring back what was said, where the field is empty or shows something of it. */
  #recall(step: number): boolean {
    const { value } = this.#field;
    if (value !== "" && value !== this.#said[this.#at]) return false;
    const at = this.#at + step;
    if (at < 0 || at > this.#said.length) return false;
    this.#at = at;
    this.#write(this.#said[at] ?? "");
    return true;
  }

  /** @param isAsked whether somebody pressed Tab for it; else only commands are offered by themselves. */
  #suggest(isAsked: boolean): void {
    const { value, selectionStart, selectionEnd } = this.#field;
    this.#completion = selectionStart === selectionEnd && (isAsked || /^\/|@\S*$/.test(value))
      ? complete(value, selectionStart, this.host.vocabulary())
      : undefined;
    this.#suggestions.show(this.#completion?.suggestions ?? []);
  }

  #take(): void {
    const suggestion = this.#suggestions.current;
    if (this.#completion === undefined || suggestion === undefined) return;
    const { text, caret } = withSuggestion(this.#field.value, this.#completion, suggestion);
    this.#write(text, caret);
    this.#dismiss();
  }

  #dismiss(): void {
    this.#completion = undefined;
    this.#suggestions.show([]);
  }

  #write(text: string, caret = text.length): void {
    this.#field.value = text;
    this.#field.setSelectionRange(caret, caret);
    this.#fit();
  }

  #fit(): void {
    const { style } = this.#field;
    style.height = "auto";
    style.height = `${Math.min(this.#field.scrollHeight, HIGHEST)}px`;
  }
}
