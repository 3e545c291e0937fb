import type { Chat, Phase } from "../model/chat.ts";
import { byId, setText } from "./dom.ts";
import { textNodes } from "./message_text.ts";

const CONNECTION: Readonly<Record<Phase, string>> = {
  outside: "",
  entering: "Connecting…",
  inside: "",
  broken: "No connection. Trying again…",
};

/** Where one is, what it is about, and whether there is a connection; also in the window's title. */
export class Headline {
  readonly #name = byId("place-name", HTMLElement);
  readonly #topic = byId("place-topic", HTMLElement);
  readonly #connection = byId("connection", HTMLElement);

  show(chat: Chat): void {
    const { active, here, people, phase } = chat;
    const isRoom = active === here;
    setText(this.#name, isRoom ? `# ${chat.room}` : active.name);
    const away = people.find(active.name)?.away;
    const about = isRoom
      ? chat.topic
      : away === undefined
      ? "Whispers between the two of you"
      : `away${away === "" ? "" : `: ${away}`}`;
    if (this.#topic.textContent !== about) this.#topic.replaceChildren(...textNodes(about, ""));
    setText(this.#connection, CONNECTION[phase]);
    byId("hurry", HTMLButtonElement).hidden = phase !== "broken";
    const count = chat.conversations.unread;
    const unread = count === 0 ? "" : `(${count}) `;
    document.title = phase === "outside" ? "hubbub" : `${unread}${this.#name.textContent} – hubbub`;
  }
}
