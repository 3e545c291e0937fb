import { nameKey } from "../../protocol/names.ts";
import type { Chat } from "../model/chat.ts";
import type { Conversation } from "../model/conversation.ts";
import { moveByArrows } from "./arrow_keys.ts";
import { byId, make, setText } from "./dom.ts";
import { KeyedChildren } from "./keyed_children.ts";

export interface SidebarActions {
  join(room: string): void;
  open(conversation: Conversation): void;
  close(conversation: Conversation): void;
}

/** A room or a user in the list. */
interface Place {
  readonly key: string;
  /** With a `#` for a room. */
  readonly name: string;
  readonly members: number | undefined;
  readonly unread: number;
  readonly mentions: number;
  readonly isCurrent: boolean;
  readonly choose: () => void;
  /** The name of {@link close}. */
  readonly action: string;
  readonly close: (() => void) | undefined;
}

/** The user's rooms, the whispers, and the other rooms of the server. */
export class Sidebar {
  readonly #field = byId("room-name", HTMLInputElement);
  readonly #lists = ["rooms", "whispers", "others"].map((id) => new PlaceList(id));
  #chat: Chat | undefined;

  constructor(private readonly actions: SidebarActions) {
    byId("room-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const room = this.#field.value.trim().replace(/^#/, "");
      if (room === "") return;
      this.#clear();
      actions.join(room);
    });
    this.#field.addEventListener("input", () => this.#filter());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#field.value === "") return;
      event.stopPropagation();
      this.#clear();
    });
  }

  show(chat: Chat): void {
    this.#chat = chat;
    const whispers = chat.conversations.all
      .filter(({ kind, isClosed }) => kind === "person" && !isClosed)
      .map((conversation) => this.#placeOf(chat, conversation));
    const lists = [this.#roomsOf(chat), whispers, this.#othersOf(chat)];
    const wanted = nameKey(this.#field.value.trim().replace(/^#/, ""));
    for (const [index, list] of this.#lists.entries()) {
      list.show(lists[index]!.filter(({ key }) => key.includes(wanted)), wanted !== "");
    }
    byId("whispers-hint", HTMLElement).hidden = whispers.length > 0 || wanted !== "";
    setText(byId("self-name", HTMLElement), chat.name);
    byId("places-dot", HTMLElement).hidden = chat.conversations.unread === 0;
  }

  /** The conversation above or below the open one in the lists; after the last one the first. */
  neighbour({ active, conversations, rooms }: Chat, step: number): Conversation {
    const whispers = conversations.all.filter(({ kind, isClosed }) =>
      kind === "person" && !isClosed
    );
    const listed = [...rooms.all.map(({ name }) => conversations.ofRoom(name)), ...whispers];
    const index = listed.indexOf(active) + step;
    return listed.at(index % listed.length) ?? active;
  }

  #clear(): void {
    this.#field.value = "";
    this.#filter();
  }

  #filter(): void {
    byId("room-join", HTMLElement).hidden = this.#field.value.trim() === "";
    if (this.#chat !== undefined) this.show(this.#chat);
  }

  #roomsOf(chat: Chat): Place[] {
    const { conversations, rooms } = chat;
    return rooms.all.map((room) => {
      const conversation = conversations.ofRoom(room.name);
      return {
        ...this.#placeOf(chat, conversation),
        name: `# ${room.name}`,
        members: rooms.membersOf(room),
        action: "Leave",
      };
    });
  }

  #othersOf({ rooms }: Chat): Place[] {
    return rooms.others.map(({ name, members }) => ({
      key: nameKey(name),
      name: `# ${name}`,
      members,
      unread: 0,
      mentions: 0,
      isCurrent: false,
      choose: () => this.actions.join(name),
      action: "",
      close: undefined,
    }));
  }

  #placeOf(chat: Chat, conversation: Conversation): Place {
    const { name, unread, mentions } = conversation;
    return {
      key: nameKey(name),
      name,
      members: undefined,
      unread,
      mentions,
      isCurrent: chat.active === conversation,
      choose: () => this.actions.open(conversation),
      action: "Close",
      close: () => this.actions.close(conversation),
    };
  }
}

/** One of the lists, under its title. */
class PlaceList {
  readonly #list: HTMLUListElement;
  readonly #title: HTMLElement;
  readonly #places: KeyedChildren<Place>;
  readonly #refreshArrows: () => void;

  constructor(id: string) {
    this.#list = byId(id, HTMLUListElement);
    this.#title = byId(`${id}-title`, HTMLElement);
    this.#places = new KeyedChildren<Place>(this.#list, PLACE);
    this.#refreshArrows = moveByArrows(this.#list);
  }

  show(places: readonly Place[], isFiltered: boolean): void {
    this.#places.show(places);
    this.#title.hidden = places.length === 0 && (isFiltered || this.#list.id === "others");
    this.#refreshArrows();
  }
}

const PLACE = {
  keyOf: ({ key }: Place) => key,
  make: () => make("li"),
  isSame: (one: Place, other: Place) =>
    one.name === other.name && one.members === other.members && one.unread === other.unread &&
    one.mentions === other.mentions && one.isCurrent === other.isCurrent,
  fill: (element: HTMLElement, place: Place) => {
    const hadFocus = element.contains(document.activeElement);
    const { name, members, unread, mentions, isCurrent, action, choose, close } = place;
    const button = make("button", {
      type: "button",
      "data-choice": "",
      "aria-current": String(isCurrent),
      class: unread > 0 ? "fresh" : "",
    }, make("span", { class: "label", dir: "auto" }, name));
    if (mentions > 0 && unread > mentions) {
      button.append(badge("badge urgent", mentions, "for you"));
    }
    if (unread > 0) {
      button.append(badge(unread === mentions ? "badge urgent" : "badge", unread, "unread"));
    } else if (members !== undefined) {
      button.append(badge("count", members, members === 1 ? "person" : "people"));
    }
    button.addEventListener("click", choose);
    element.replaceChildren(button);
    if (close !== undefined) {
      const label = `${action} ${name.replace(/^# /, "")}`;
      const attributes = { type: "button", class: "close", title: label, "aria-label": label };
      const closing = make("button", attributes, "×");
      closing.addEventListener("click", close);
      element.append(closing);
    }
    if (hadFocus) button.focus();
  },
};

/** Maximum number that a badge shows. */
const MAX_SHOWN = 999;

function badge(kind: string, number: number, what: string): HTMLElement {
  const shown = number > MAX_SHOWN ? `${MAX_SHOWN}+` : String(number);
  return make("span", { class: kind }, shown, make("span", { class: "unseen" }, ` ${what}`));
}
