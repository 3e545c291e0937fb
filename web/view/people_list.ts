import type { Person } from "../../client/core/roster.ts";
import { nameKey } from "../../protocol/names.ts";
import type { Chat } from "../model/chat.ts";
import { moveByArrows } from "./arrow_keys.ts";
import { byId, make, setText } from "./dom.ts";
import { KeyedChildren } from "./keyed_children.ts";
import { colorAttribute } from "./message_text.ts";

/** Number of users from which they can be filtered. */
const MANY = 10;

/** The users in the room. Choosing one opens their menu. */
export class PeopleList {
  readonly #form = byId("people-form", HTMLFormElement);
  readonly #field = byId("people-name", HTMLInputElement);
  readonly #list = byId("people", HTMLUListElement);
  readonly #refreshArrows = moveByArrows(this.#list);
  readonly #people: KeyedChildren<Person>;
  #self = "";
  #chat: Chat | undefined;
  #shown: unknown[] = [];

  constructor(openMenu: (name: string, anchor: HTMLElement) => void) {
    const refresh = () => {
      if (this.#chat !== undefined) this.show(this.#chat);
    };
    this.#field.addEventListener("input", refresh);
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#field.value === "") return;
      event.stopPropagation();
      this.#field.value = "";
      refresh();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#list.querySelector<HTMLElement>("button[data-choice]")?.focus();
    });
    this.#people = new KeyedChildren<Person>(this.#list, {
      keyOf: ({ name }) => nameKey(name),
      make: () => make("li"),
      isSame: (one, other) =>
        one.name === other.name && one.away === other.away && one.operator === other.operator,
      fill: (element, person) => {
        const hadFocus = element.contains(document.activeElement);
        const button = make(
          "button",
          { type: "button", "data-choice": "", "aria-haspopup": "menu" },
          ...contentOf(person, person.name === this.#self),
        );
        button.classList.toggle("away", person.away !== undefined);
        if (person.name === this.#self) button.setAttribute("aria-disabled", "true");
        button.addEventListener("click", () => {
          if (person.name !== this.#self) openMenu(person.name, button);
        });
        element.replaceChildren(button);
        if (hadFocus) button.focus();
      },
    });
  }

  show(chat: Chat): void {
    const { name, roster: { list, total } } = chat;
    this.#chat = chat;
    if (name !== this.#self) this.#people.show([]);
    this.#self = name;
    const shown = [list, total, name, this.#field.value];
    if (shown.every((value, index) => value === this.#shown[index])) return;
    this.#shown = shown;
    this.#form.hidden = total < MANY;
    const wanted = total < MANY ? "" : nameKey(this.#field.value.trim());
    this.#people.show(list.filter((person) => nameKey(person.name).includes(wanted)));
    this.#refreshArrows();
    const count = list.length < total ? `${list.length} of ${total}` : String(total);
    setText(byId("people-count", HTMLElement), count);
  }
}

function contentOf({ name, away, operator }: Person, isSelf: boolean): Node[] {
  const nodes: Node[] = [make("span", { class: "presence", ...colorAttribute(name) })];
  nodes.push(make("span", { class: "label", dir: "auto" }, name));
  if (operator) nodes.push(make("span", { class: "tag" }, "operator"));
  if (isSelf) nodes.push(make("span", { class: "note" }, "you"));
  if (away !== undefined) {
    nodes.push(
      make(
        "span",
        { class: "note", dir: "auto", title: away },
        away === "" ? "away" : `away: ${away}`,
      ),
    );
  }
  return nodes;
}
