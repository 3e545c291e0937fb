import type { Chat, Phase } from "../model/chat.ts";
import { byId, setText } from "./dom.ts";
import { textNodes } from "./message_text.ts";

const CONNECTION: Readonly<Record<Phase, string>> = {
  outside: "",
  entering: "Connecting…",
  inside: "",
  broken: "No connection. Trying again…",
};

/** Shown while the server still answers: it is on this machine, or the browser's report is wrong. */
const DEVICE_OFFLINE = "The browser reports that this device is offline.";

/** The name, the topic and the state of the connection; also in the window's title. */
export class Headline {
  readonly #name = byId("place-name", HTMLElement);
  readonly #topic = byId("place-topic", HTMLElement);
  readonly #more = byId("topic-more", HTMLButtonElement);
  readonly #connection = byId("connection", HTMLElement);

  constructor() {
    this.#more.addEventListener("click", () => {
      this.#unfold(!this.#topic.classList.contains("whole"));
    });
    new ResizeObserver(() => this.#offerMore()).observe(this.#topic);
  }

  show(chat: Chat): void {
    const { active, phase, rooms } = chat;
    const isRoom = active.kind === "room";
    setText(this.#name, isRoom ? `# ${active.name}` : active.name);
    const away = rooms.person(active.name)?.away;
    const about = isRoom
      ? chat.topic
      : away === undefined
      ? "Whispers between the two of you"
      : `away${away === "" ? "" : `: ${away}`}`;
    this.#showTopic(about);
    const isOffline = chat.isOffline && phase === "inside";
    setText(this.#connection, isOffline ? DEVICE_OFFLINE : CONNECTION[phase]);
    byId("hurry", HTMLButtonElement).hidden = phase !== "broken";
    const count = chat.conversations.unread;
    const unread = count === 0 ? "" : `(${count}) `;
    document.title = phase === "outside" ? "hubbub" : `${unread}${this.#name.textContent} – hubbub`;
  }

  #showTopic(text: string): void {
    if (this.#topic.textContent === text) return;
    this.#topic.replaceChildren(...textNodes(text, ""));
    this.#unfold(false);
  }

  /** Shows a topic in full, or only its first line. */
  #unfold(isWhole: boolean): void {
    this.#topic.classList.toggle("whole", isWhole);
    this.#more.setAttribute("aria-expanded", String(isWhole));
    this.#offerMore();
  }

  #offerMore(): void {
    const isWhole = this.#topic.classList.contains("whole");
    this.#more.hidden = !isWhole && this.#topic.scrollWidth <= this.#topic.clientWidth;
  }
}

/** Announces unread whispers and mentions to screen readers, which read the open log automatically. */
export class Announcer {
  readonly #place = byId("announcement", HTMLElement);

  show({ conversations: { all } }: Chat): void {
    const waiting = all.filter(({ mentions }) => mentions > 0).map(({ kind, name, mentions }) =>
      `${kind === "room" ? "# " : ""}${name} (${mentions})`
    );
    setText(this.#place, waiting.length === 0 ? "" : `Not read yet: ${waiting.join(", ")}`);
  }
}
