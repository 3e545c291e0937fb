import { formFragment } from "../../client/core/form_fragment.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/names.ts";
import type { Conversation } from "../model/conversation.ts";
import { make } from "./dom.ts";

/** Shows what a conversation is, above its first entry; in an empty one also what can be done there. */
export function fillIntro(
  element: HTMLElement,
  kind: Conversation["kind"],
  name: string,
  isEmpty: boolean,
): void {
  const title = make("p", { class: "place", dir: "auto" }, kind === "room" ? `# ${name}` : name);
  if (kind === "person") {
    return element.replaceChildren(
      title,
      make("p", {}, "Only ", make("bdi", {}, name), " and you receive what is written here."),
    );
  }
  const about = isEmpty
    ? "No messages yet. Everyone on this server can enter this room and read it."
    : "This is the beginning of the room.";
  element.replaceChildren(title, make("p", {}, about), ...(isEmpty ? [hintsFor(name)] : []));
}

function hintsFor(room: string): HTMLElement {
  const link = `${location.origin}${location.pathname}${formFragment({ name: "", room })}`;
  const terminal = document.querySelector(".terminal pre")?.textContent ?? "";
  // Clients of a terminal begin in the lobby.
  const then = nameKey(room) === DEFAULT_ROOM ? [] : [" and ", code(`/join ${room}`)];
  return make(
    "ul",
    {},
    make("li", {}, "Invite others with ", code(link), ", or with ", code(terminal), ...then, "."),
    make("li", {}, code("/topic TEXT"), " shows what the room is about."),
    make("li", {}, code("/"), " in the message field lists all commands."),
  );
}

function code(text: string): HTMLElement {
  return make("code", {}, text);
}
