import { formFragment, readFragment } from "../../client/core/form_fragment.ts";
import type { Conversation } from "../model/conversation.ts";

type Place = Pick<Conversation, "kind" | "name">;

/**
 * The address of the page names the open room, and Back and Forward move between the rooms and whispers
 * that were open. A whisper has no address of its own: a copied link leads to a room.
 */
export class Address {
  #shown: Place | undefined;
  #conversation: Conversation | undefined;
  #fragment = "";

  /**
   * @param open called when the user has gone to another place by the browser: by a link, or back to
   *   a place that was open. Returns whether it is open now.
   */
  constructor(open: (place: Place, isLink: boolean) => boolean) {
    addEventListener("popstate", () => {
      const place = placeOf(history.state) ?? this.room;
      // Without a session there is only the login form.
      const before = this.#shown;
      if (before === undefined || place === undefined || isSame(place, before)) return;
      const isLink = history.state === null;
      if (isLink) history.replaceState({ place }, "");
      this.#shown = place;
      if (open(place, isLink)) return;
      this.#shown = before;
      history.replaceState({ place: before }, "", this.#fragment);
    });
  }

  /** The room that the address names. */
  get room(): Place | undefined {
    const { room: name } = readFragment(location.hash);
    return name === "" ? undefined : { kind: "room", name };
  }

  /** Shows the open conversation, and the current room, in the address. */
  show(conversation: Conversation, room: string): void {
    if (conversation === this.#conversation) return;
    this.#conversation = conversation;
    const { kind, name } = conversation;
    const before = this.#shown;
    const isFirst = before === undefined;
    this.#shown = { kind, name };
    this.#fragment = formFragment({ name: "", room });
    if (isSame(this.#shown, before)) return;
    const state = { place: this.#shown };
    // The entry of a drawer becomes that of the place that was chosen in it.
    const isReplaced = isFirst || placeOf(history.state) === undefined;
    if (isReplaced) history.replaceState(state, "", this.#fragment);
    else history.pushState(state, "", this.#fragment);
  }

  /** The session has ended. */
  clear(): void {
    this.#shown = undefined;
    this.#conversation = undefined;
  }
}

function placeOf(state: unknown): Place | undefined {
  return (state as { readonly place?: Place } | null)?.place;
}

function isSame(one: Place, other: Place | undefined): boolean {
  return one.kind === other?.kind && one.name === other.name;
}
