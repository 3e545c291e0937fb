import type { Chat } from "../model/chat.ts";
import { byId, setText } from "./dom.ts";

/** Tells whoever listens to the page what came in where they are not: in the log it would be read. */
export class Announcer {
  readonly #place = byId("announcement", HTMLElement);

  show({ conversations: { all } }: Chat): void {
    const waiting = all.filter(({ kind, unread }) => kind === "person" && unread > 0)
      .map(({ name, unread }) => `${name} (${unread})`);
    setText(this.#place, waiting.length === 0 ? "" : `Not read yet: ${waiting.join(", ")}`);
  }
}
