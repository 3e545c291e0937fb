import { make } from "./dom.ts";

export interface MessageActionsListener {
  /** Opens the menu of the message with this key. */
  openMessage(key: string, anchor: HTMLElement): void;
  /** Opens the menu of a user. */
  openPerson(name: string, anchor: HTMLElement): void;
  /** Sends a refused message again. */
  sendAgain(key: string): void;
  /** Returns a refused message to the field. */
  edit(key: string): void;
}

const MESSAGE = ".entry.message";

/**
 * The actions of messages.
 *
 * 1. A pointer shows a button at the message below it, and opens the menu of a name.
 * 2. Without one, the arrow keys select a message while the log has the focus, and Enter opens its menu.
 * 3. One button serves all messages: a log of a thousand is one stop of the Tab key.
 */
export class MessageActions {
  readonly #button = make(
    "button",
    { type: "button", class: "message-menu", tabindex: "-1", "aria-label": "Actions" },
    "⋯",
  );

  constructor(
    private readonly log: HTMLElement,
    private readonly listener: MessageActionsListener,
  ) {
    const showButton = ({ target }: Event) => {
      const message = (target as Element).closest<HTMLElement>(MESSAGE);
      if (message !== null && !message.contains(this.#button)) message.append(this.#button);
    };
    log.addEventListener("pointerover", showButton);
    log.addEventListener("click", (event) => {
      showButton(event); // of a touch screen
      this.#click(event.target as HTMLElement);
    });
    log.addEventListener("keydown", (event) => {
      if (this.#handle(event)) event.preventDefault();
    });
  }

  #click(target: HTMLElement): void {
    const message = target.closest<HTMLElement>(MESSAGE);
    const key = message?.dataset.key;
    if (message === null || key === undefined) return;
    const action = target.closest<HTMLElement>("[data-action]")?.dataset.action;
    if (action === "again") return this.listener.sendAgain(key);
    if (action === "edit") return this.listener.edit(key);
    if (target === this.#button) return void this.#openMenu(message, target);
    const name = target.closest<HTMLElement>(".name");
    if (name === null) return;
    // The menu returns the focus to the message: a name takes none.
    message.tabIndex = -1;
    this.listener.openPerson(name.textContent, message);
  }

  #handle({ key, shiftKey, target }: KeyboardEvent): boolean {
    const selected = (target as Element).matches(MESSAGE) ? target as HTMLElement : undefined;
    if (selected === undefined && target !== this.log) return false;
    switch (key) {
      case "ArrowUp":
        return this.#select(selected, -1);
      case "ArrowDown":
        return this.#select(selected, 1);
      case "Escape":
        if (selected !== undefined) this.log.focus();
        return selected !== undefined;
      case "F10":
        return shiftKey && this.#openMenu(selected);
      case "Enter":
      case "ContextMenu":
        return this.#openMenu(selected);
      default:
        return false;
    }
  }

  /** Moves the focus to a neighbour of the selected message; without one, to the last visible message. */
  #select(selected: HTMLElement | undefined, step: number): boolean {
    const messages = [...this.log.querySelectorAll<HTMLElement>(MESSAGE)];
    const end = this.log.scrollTop + this.log.clientHeight;
    const next = selected === undefined
      ? messages.findLast(({ offsetTop }) => offsetTop < end)
      : messages[messages.indexOf(selected) + step];
    if (next === undefined) return false;
    next.tabIndex = -1;
    next.role = "article"; // what has the focus needs a role
    next.focus();
    return true;
  }

  #openMenu(message: HTMLElement | undefined, anchor = message): boolean {
    const key = message?.dataset.key;
    if (message === undefined || anchor === undefined || key === undefined) return false;
    this.listener.openMessage(key, anchor);
    return true;
  }
}

/** The buttons of a refused message. */
export function refusalButtons(): HTMLElement {
  const button = (action: string, label: string) =>
    make("button", { type: "button", "data-action": action }, label);
  return make("span", { class: "retry" }, button("again", "Send again"), button("edit", "Edit"));
}
