import type { Person } from "../../client/core/roster.ts";
import { nameKey } from "../../protocol/names.ts";
import type { Chat } from "../model/chat.ts";
import { moveByArrows } from "./arrow_keys.ts";
import { byId, make, setText } from "./dom.ts";
import { KeyedChildren } from "./keyed_children.ts";
import { colorAttribute } from "./message_text.ts";

/** The users in the room. Choosing one opens a whisper to them. */
export class PeopleList {
  readonly #list = byId("people", HTMLUListElement);
  readonly #refreshArrows = moveByArrows(this.#list);
  readonly #people: KeyedChildren<Person>;
  #self = "";

  constructor(whisper: (name: string) => void) {
    this.#people = new KeyedChildren<Person>(this.#list, {
      keyOf: ({ name }) => nameKey(name),
      make: () => make("li"),
      isSame: (one, other) => one.name === other.name && one.away === other.away,
      fill: (element, person) => {
        const hadFocus = element.contains(document.activeElement);
        const button = make(
          "button",
          { type: "button", "data-choice": "" },
          ...contentOf(person, person.name === this.#self),
        );
        button.classList.toggle("away", person.away !== undefined);
        if (person.name === this.#self) button.setAttribute("aria-disabled", "true");
        button.addEventListener("click", () => {
          if (person.name !== this.#self) whisper(person.name);
        });
        element.replaceChildren(button);
        if (hadFocus) button.focus();
      },
    });
  }

  show({ name, roster: { list, total } }: Chat): void {
    if (name !== this.#self) this.#people.show([]);
    this.#self = name;
    this.#people.show(list);
    this.#refreshArrows();
    const count = list.length < total ? `${list.length} of ${total}` : String(total);
    setText(byId("people-count", HTMLElement), count);
  }
}

function contentOf({ name, away }: Person, isSelf: boolean): Node[] {
  const nodes: Node[] = [make("span", { class: "presence", ...colorAttribute(name) })];
  nodes.push(make("span", { class: "label", dir: "auto" }, name));
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
