import { mayHoldPassword } from "../../protocol/commands.ts";
import { counted } from "../../protocol/text.ts";
import { type Names, suggest, type Suggestions, withSuggestion } from "../model/suggestions.ts";
import type { Chat } from "../model/chat.ts";
import type { Conversation } from "../model/conversation.ts";
import { bytesLeft } from "../model/text_budget.ts";
import { byId, setText } from "./dom.ts";
import { LazyScript } from "./lazy_script.ts";
import { SuggestionList } from "./suggestion_list.ts";

/** Maximum height of the field, in pixels. */
const MAX_HEIGHT = 200;

/** The beginning of the name of an emoji, in any place. */
const EMOJI_NAME = /(?:^|[\s(]):[a-z0-9_+-]/m;

/**
 * The message field: Enter sends or takes the highlighted suggestion, Shift+Enter inserts a line break,
 * Tab completes. A touch screen has a button for the line break.
 */
export class Composer {
  readonly #form = byId("composer", HTMLFormElement);
  readonly #field = byId("message", HTMLTextAreaElement);
  readonly #left = byId("text-left", HTMLElement);
  readonly #waiting = byId("lines-waiting", HTMLElement);
  readonly #suggestions = new SuggestionList(this.#field, () => {
    if (this.#take()) this.#suggestNext();
  });
  readonly #emoji = new LazyScript<typeof import("../model/emoji.ts")>(this.#form.dataset.emoji!);
  #completion: Suggestions | undefined;
  /** The last completion: the text before, the suggestion, and the text after. */
  #cycle:
    | { readonly text: string; readonly completion: Suggestions; index: number; value: string }
    | undefined;
  #conversation: Conversation | undefined;

  /** @param submit accepts a text; a refused one stays in the field. */
  constructor(private readonly chat: Chat, private readonly submit: (text: string) => boolean) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#field.addEventListener("input", (event) => {
      if ((event as InputEvent).data?.endsWith(":") === true) this.#putEmoji();
      this.#onChange();
      this.#suggest(false);
    });
    const lineBreak = byId("line-break", HTMLButtonElement);
    // The field keeps the focus, and the phone its keyboard.
    lineBreak.addEventListener("pointerdown", (event) => event.preventDefault());
    lineBreak.addEventListener("click", () => this.#insert("\n"));
    this.#field.addEventListener("blur", () => this.#dismiss());
  }

  show({ active, typed }: Chat): void {
    const { kind, name } = active;
    this.#field.placeholder = kind === "room" ? `Message # ${name}` : `Whisper to ${name}`;
    this.#showWaiting(typed.waiting);
    // A draft stays in its conversation: a whisper must not be sent to the room.
    this.#conversation = active;
    // A draft may move to a new room, and refused text returns to it.
    if (active.draft === this.#field.value) return;
    this.#write(active.draft);
    this.#dismiss();
  }

  focus(): void {
    this.#field.focus();
  }

  /** Inserts the name of a user at the caret; at the start of a message, it addresses the user. */
  mention(name: string): void {
    const { value, selectionStart } = this.#field;
    const before = value.slice(0, selectionStart);
    if (before.trim() === "") this.#insert(`${name}: `);
    else this.#insert(/\s$/.test(before) ? `${name} ` : ` ${name} `);
  }

  /** Puts quoted lines above the text. */
  quote(lines: string): void {
    this.#write(`${lines}\n${this.#field.value}`);
    this.focus();
  }

  /** Replaces the text. The arrow keys bring back the one before. */
  edit(text: string): void {
    const { value } = this.#field;
    if (value.trim() !== "" && value !== text) this.chat.history.add(value);
    this.#write(text);
    this.focus();
  }

  #onKey(event: KeyboardEvent): void {
    // The input method handles its own keys.
    if (event.isComposing) return;
    if (this.#handle(event)) event.preventDefault();
  }

  #handle({ key, shiftKey, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
    if (ctrlKey || altKey || metaKey) return false;
    const isOpen = this.#suggestions.isOpen;
    switch (key) {
      case "Enter":
        if (shiftKey) return false;
        if (!this.#suggestions.hasHighlight) this.#send();
        else if (this.#take()) this.#suggestNext();
        return true;
      case "Tab":
        return this.#complete(shiftKey ? -1 : 1);
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

  /**
   * Tab takes the highlighted suggestion or the first one; again it takes the next one instead, and with
   * Shift the previous one. Without a suggestion it moves the focus, as usual.
   */
  #complete(step: number): boolean {
    const { value } = this.#field;
    const cycle = this.#cycle;
    if (cycle?.value === value && !this.#suggestions.isOpen) {
      const { length } = cycle.completion.suggestions;
      this.#put(cycle.text, cycle.completion, (cycle.index + step + length) % length);
      return true;
    }
    if (step < 0 || value === "") return false;
    if (!this.#suggestions.isOpen) this.#suggest(true);
    const isOnly = this.#completion?.suggestions.length === 1;
    if (!this.#take()) return false;
    // While Tab cycles through several suggestions, no list for the next argument opens.
    if (isOnly) this.#suggestNext();
    return true;
  }

  #send(): void {
    const { value } = this.#field;
    if (!hasEmoji(value)) return this.#submit(value);
    const conversation = this.#conversation;
    // Loaded since the name was typed, perhaps a moment ago: the field may be another one's now.
    void this.#emoji.load().then((emoji) => {
      if (this.#field.value !== value || this.#conversation !== conversation) return;
      this.#submit(emoji?.withAllEmoji(value) ?? value);
    });
  }

  #submit(text: string): void {
    this.#dismiss();
    if (text.trim() === "") return;
    this.focus();
    if (!this.submit(text)) return;
    this.chat.history.add(text);
    this.#write("");
    this.#cycle = undefined;
    // The next key may arrive before the page is drawn, and belongs to the conversation that is open now.
    this.show(this.chat);
  }

  /** The arrow keys bring back sent texts, if the field is empty or shows one of them. */
  #recall(step: number): boolean {
    const text = this.chat.history.recall(this.#field.value, step);
    if (text === undefined) return false;
    this.#write(text);
    return true;
  }

  /** @param isAsked whether the user pressed Tab. */
  #suggest(isAsked: boolean): void {
    const { value, selectionStart, selectionEnd } = this.#field;
    this.#completion = selectionStart === selectionEnd
      ? this.#emojiIn(value)?.suggestEmoji(value, selectionStart) ??
        suggest(value, selectionStart, this.#names(), isAsked)
      : undefined;
    const { suggestions = [], isComplete = false } = this.#completion ?? {};
    this.#suggestions.show(suggestions, !isComplete);
  }

  #names(): Names {
    const { roster, name, rooms } = this.chat;
    return { users: roster.names(name), rooms: rooms.names };
  }

  #take(): boolean {
    if (this.#completion === undefined) return false;
    this.#put(this.#field.value, this.#completion, this.#suggestions.index);
    return true;
  }

  #put(text: string, completion: Suggestions, index: number): void {
    const put = withSuggestion(text, completion, completion.suggestions[index]!);
    this.#write(put.text, put.caret);
    this.#cycle = { text, completion, index, value: put.text };
    this.#dismiss();
  }

  /** Suggests names for the argument of the inserted command. */
  #suggestNext(): void {
    if (this.#field.value.endsWith(" ")) this.#suggest(false);
  }

  #dismiss(): void {
    this.#completion = undefined;
    this.#suggestions.show([]);
  }

  #putEmoji(): void {
    const { value, selectionStart } = this.#field;
    const put = this.#emojiIn(value)?.withEmoji(value, selectionStart);
    if (put !== undefined) this.#write(put.text, put.caret);
  }

  /** The functions for emoji, if the text may have some; when they are loaded, suggestions follow. */
  #emojiIn(text: string): typeof import("../model/emoji.ts") | undefined {
    if (!hasEmoji(text)) return undefined;
    if (this.#emoji.module === undefined) {
      void this.#emoji.load().then((emoji) => {
        if (emoji !== undefined && this.#field.value === text) this.#suggest(false);
      });
    }
    return this.#emoji.module;
  }

  /** Inserts a text at the caret. */
  #insert(text: string): void {
    const { selectionStart, selectionEnd } = this.#field;
    this.#field.setRangeText(text, selectionStart, selectionEnd, "end");
    this.#onChange();
    this.focus();
  }

  #write(text: string, caret = text.length): void {
    this.#field.value = text;
    this.#field.setSelectionRange(caret, caret);
    this.#onChange();
  }

  #onChange(): void {
    if (this.#conversation !== undefined) this.#conversation.draft = this.#field.value;
    this.#form.classList.toggle("has-text", this.#field.value !== "");
    this.#count();
    this.#fit();
  }

  /** Shows the bytes left near the limit. */
  #count(): void {
    const left = bytesLeft(this.#field.value);
    this.#left.hidden = left === undefined;
    if (left === undefined) return;
    this.#left.classList.toggle("over", left < 0);
    const bytes = counted(Math.abs(left), "byte");
    setText(this.#left, left < 0 ? `${bytes} too long` : `${bytes} left`);
  }

  #showWaiting(count: number): void {
    this.#waiting.hidden = count === 0;
    const lines = count === 1 ? "1 line waits" : `${count} lines wait`;
    setText(this.#waiting, count === 0 ? "" : `${lines} for the server's answer.`);
  }

  #fit(): void {
    const { style } = this.#field;
    // The form keeps its height during the measurement: otherwise the log above would grow and scroll.
    this.#form.style.minHeight = `${this.#form.offsetHeight}px`;
    style.height = "auto";
    style.height = `${Math.min(this.#field.scrollHeight, MAX_HEIGHT)}px`;
    this.#form.style.minHeight = "";
  }
}

/** Whether a text may have names of emoji. Those in a line with a password stay. */
function hasEmoji(text: string): boolean {
  return EMOJI_NAME.test(text) && !mayHoldPassword(text);
}

/** Elements that receive keys themselves. */
const EDITABLE = "input, textarea, select, [contenteditable]";

/**
 * Directs text typed anywhere on the page to a field. The field gets the focus before the browser
 * inserts the character.
 *
 * @param isWanted whether the field may take the focus now.
 */
export function typeAnywhere(field: HTMLElement, isWanted: () => boolean): void {
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    const isTaken = event.defaultPrevented ||
      (target instanceof Element && target.closest(EDITABLE) !== null);
    if (!isTaken && isText(event) && isWanted()) field.focus();
  });
}

/** Whether a key enters or pastes text. The space bar is left out: it presses a button, or scrolls. */
function isText({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return key.toLowerCase() === "v" && !altKey;
  // With Alt, some keyboards enter other letters, and some browsers open menus.
  return !altKey && (key === "Dead" || (key !== " " && [...key].length === 1));
}
