import { compareNames } from "../../client/core/roster.ts";
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
  readonly name: string;
  readonly members: number | undefined;
  readonly unread: number;
  readonly isUrgent: boolean;
  readonly isCurrent: boolean;
  readonly choose: () => void;
  readonly close: (() => void) | undefined;
}

/** The rooms of the server, and the whispers. */
export class Sidebar {
  readonly #rooms = byId("rooms", HTMLUListElement);
  readonly #whispers = byId("whispers", HTMLUListElement);
  readonly #roomPlaces = new KeyedChildren<Place>(this.#rooms, PLACE);
  readonly #whisperPlaces = new KeyedChildren<Place>(this.#whispers, PLACE);
  readonly #refreshArrows = [moveByArrows(this.#rooms), moveByArrows(this.#whispers)];

  constructor(private readonly actions: SidebarActions) {
    const field = byId("room-name", HTMLInputElement);
    byId("room-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const room = field.value.trim().replace(/^#/, "");
      if (room === "") return;
      field.value = "";
      actions.join(room);
    });
  }

  show(chat: Chat): void {
    this.#roomPlaces.show(this.#roomsOf(chat));
    const whispers = chat.conversations.all.filter(({ kind, isClosed }) =>
      kind === "person" && !isClosed
    );
    this.#whisperPlaces.show(whispers.map((conversation) => this.#whisper(chat, conversation)));
    byId("whispers-hint", HTMLElement).hidden = whispers.length > 0;
    setText(byId("self-name", HTMLElement), chat.name);
    byId("places-dot", HTMLElement).hidden = chat.conversations.unread === 0;
    for (const refresh of this.#refreshArrows) refresh();
  }

  #roomsOf(chat: Chat): Place[] {
    const here = { name: chat.room, members: chat.roster.total };
    const others = chat.roster.rooms.filter(({ name }) => nameKey(name) !== nameKey(chat.room));
    return [here, ...others]
      .sort((one, other) => compareNames(one.name, other.name))
      .map(({ name, members }) => {
        const isHere = name === chat.room;
        const { unread, isUrgent } = isHere ? chat.here : { unread: 0, isUrgent: false };
        return {
          key: nameKey(name),
          name: `# ${name}`,
          members,
          unread,
          isUrgent,
          isCurrent: isHere && chat.active === chat.here,
          choose: () => this.actions.join(name),
          close: undefined,
        };
      });
  }

  #whisper(chat: Chat, conversation: Conversation): Place {
    const { name, unread, isUrgent } = conversation;
    return {
      key: nameKey(name),
      name,
      members: undefined,
      unread,
      isUrgent,
      isCurrent: chat.active === conversation,
      choose: () => this.actions.open(conversation),
      close: () => this.actions.close(conversation),
    };
  }
}

const PLACE = {
  keyOf: ({ key }: Place) => key,
  make: () => make("li"),
  isSame: (one: Place, other: Place) =>
    one.name === other.name && one.members === other.members && one.unread === other.unread &&
    one.isUrgent === other.isUrgent && one.isCurrent === other.isCurrent,
  fill: (element: HTMLElement, place: Place) => {
    const hadFocus = element.contains(document.activeElement);
    const { name, members, unread, isUrgent, isCurrent, choose, close } = place;
    const button = make("button", {
      type: "button",
      "data-choice": "",
      "aria-current": String(isCurrent),
      class: isUrgent ? "urgent" : "",
    }, make("span", { class: "label", dir: "auto" }, name));
    if (unread > 0) {
      button.append(make("span", { class: "badge" }, String(unread), unseen(" unread")));
    } else if (members !== undefined) {
      button.append(make("span", { class: "count" }, String(members), unseen(" people")));
    }
    button.addEventListener("click", choose);
    element.replaceChildren(button);
    if (close !== undefined) {
      const closing = make("button", {
        type: "button",
        class: "close",
        "aria-label": `Close ${name}`,
      }, "×");
      closing.addEventListener("click", close);
      element.append(closing);
    }
    if (hadFocus) button.focus();
  },
};

function unseen(text: string): HTMLElement {
  return make("span", { class: "unseen" }, text);
}
