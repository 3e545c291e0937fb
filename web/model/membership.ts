import type { SessionPoint } from "../../client/core/resume_point.ts";
import { mayHoldPassword } from "../../protocol/commands.ts";
import { requestError } from "../../protocol/request_errors.ts";
import type { ClientFrame, EnteredRoom, LeftFrame } from "../../protocol/frames.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { isSameName, nameKey } from "../../protocol/names.ts";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import type { MessageFactory } from "./message_factory.ts";
import type { Room, Rooms } from "./rooms.ts";
import { returnText, type TypedLines } from "./typed_lines.ts";

/** A request for a room, until it is answered. */
interface JoinRequest {
  readonly room: Room;
  /** The conversation in which the user requested it. */
  readonly place: Conversation;
}

export interface MembershipHost {
  readonly rooms: Rooms;
  readonly conversations: Conversations;
  readonly entries: MessageFactory;
  readonly typed: TypedLines;
  readonly active: Conversation;
  readonly here: Conversation;
  readonly room: string;
  /** Whether frames can be sent now. */
  readonly isInside: boolean;
  send(frame: ClientFrame): void;
  open(conversation: Conversation): void;
  loadHistory(conversation: Conversation): void;
  addNotice(text: string, conversation?: Conversation): void;
  addError(text: string): void;
}

/**
 * Enters and leaves rooms.
 *
 * 1. A requested room is open at once. If it is refused, the page returns to the conversation before,
 *    with the command and the draft; messages to it are refused one by one, and none is lost.
 * 2. The user is always in a room: the last one is left for the lobby.
 * 3. The messages and users of a room are requested when it is first open, so that a user of fifty rooms
 *    does not send a hundred requests at once.
 */
export class Membership {
  /** Requests to enter rooms, by `id`. */
  readonly #joins = new Map<string, JoinRequest>();
  /** Names of the rooms that the user has asked to leave, by `id`. */
  readonly #leaves = new Map<string, string>();

  constructor(private readonly chat: MembershipHost) {}

  /**
   * Opens a room, and enters it if necessary. Messages may be sent to it at once: the server handles
   * them after the request.
   *
   * @param line the typed command, if any.
   * @returns false if it cannot be requested; then the conversation has the reason.
   */
  join(room: string, line = ""): boolean {
    if (this.chat.rooms.get(room) === undefined) {
      const place = this.chat.active;
      const id = this.chat.typed.request({ type: "join", room }, line);
      if (id === undefined) return false;
      this.#joins.set(id, { room: this.chat.rooms.add(room), place });
    }
    this.chat.open(this.chat.conversations.ofRoom(room));
    return true;
  }

  /** Leaves a room; the last one for the lobby. @returns false if that is impossible. */
  leave(name: string, line = ""): boolean {
    const isLast = this.chat.rooms.all.every((room) => isSameName(room.name, name));
    if (isLast && nameKey(name) === DEFAULT_ROOM) {
      this.chat.addError(requestError("in_lobby").text);
      return false;
    }
    if (isLast && !this.join(DEFAULT_ROOM, line)) return false;
    const id = this.chat.typed.request({ type: "leave", room: name }, isLast ? "" : line);
    if (id !== undefined) this.#leaves.set(id, name);
    return id !== undefined;
  }

  /** The server has accepted the user, who is in these rooms. */
  arrived(rooms: readonly EnteredRoom[], isResumed: boolean, before?: SessionPoint): void {
    for (const { room, seq, topic = "" } of rooms) {
      const state = this.chat.rooms.enter(room, topic);
      const conversation = this.chat.conversations.ofRoom(room);
      conversation.name = room;
      state.hasUsers = false;
      if (isResumed) continue;
      // A server with fewer messages than this page has started again, and has no history of them.
      if (seq < (before?.rooms[room] ?? 0)) conversation.forgetNumbers();
      else conversation.startAnew();
      state.hasHistory = false;
    }
    const entered = new Set(rooms.map(({ room }) => nameKey(room)));
    // The end of a room of a resumed session is reported by `left`.
    const gone = isResumed
      ? []
      : this.chat.rooms.all.filter(({ name, isEntered }) =>
        isEntered && !entered.has(nameKey(name))
      );
    for (const { name } of gone) this.#forget(name);
    this.#stayInRoom();
    for (const { name } of gone) {
      this.chat.addNotice(`You are not in # ${name} any more.`, this.chat.here);
    }
    this.load(true);
    this.chat.send({ type: "rooms" });
  }

  /** The user has entered a room. */
  entered(name: string, topic: string): void {
    const isKnown = this.chat.rooms.get(name)?.isEntered === true;
    const room = this.chat.rooms.enter(name, topic);
    for (const [id, request] of this.#joins) if (request.room === room) this.#joins.delete(id);
    if (isKnown) return; // the welcome has reported it
    const conversation = this.chat.conversations.ofRoom(name);
    conversation.name = name;
    conversation.startAnew();
    this.#stayInRoom();
    this.load(true);
    this.chat.send({ type: "rooms" });
  }

  /** The user has left a room, perhaps without asking for it. */
  left({ room, reason }: LeftFrame): void {
    const wasAsked = this.#leaves.entries().find(([, name]) => isSameName(name, room));
    if (wasAsked !== undefined) this.#leaves.delete(wasAsked[0]);
    this.#forget(room);
    this.#stayInRoom();
    this.load();
    this.chat.send({ type: "rooms" });
    if (wasAsked !== undefined) return;
    const why = reason === undefined ? "" : `: ${reason}`;
    this.chat.addNotice(`You are not in # ${room} any more${why}.`);
  }

  /** The server has refused a request about a room. @returns whether it was one. */
  refused(id: string, code: string, text: string): boolean {
    if (this.#leaves.delete(id)) return false; // its text is shown as of any other command
    const request = this.#joins.get(id);
    if (request === undefined) return false;
    this.#joins.delete(id);
    const { room, place } = request;
    if (code === "in_room") return this.entered(room.name, room.topic), true;
    if (room.isEntered) return false;
    const { conversations, rooms } = this.chat;
    const { draft } = conversations.ofRoom(room.name);
    const isOpen = this.chat.room === room.name && this.chat.active.kind === "room";
    this.#forget(room.name);
    // The room in which the user requested this one may have been refused itself.
    const isPlaceGone = place.kind === "room" && rooms.get(place.name) === undefined;
    if (isOpen && !isPlaceGone) conversations.show(place);
    this.#stayInRoom();
    this.load();
    const entered = rooms.all.find(({ isEntered }) => isEntered)?.name ?? this.chat.room;
    const shown = isPlaceGone ? conversations.ofRoom(entered) : place;
    if (draft.trim() !== "" && shown.draft.trim() !== "" && !mayHoldPassword(draft)) {
      shown.add(this.chat.entries.error(`Not sent to # ${room.name}: ${draft}`));
    } else returnText(draft, shown);
    shown.add(this.chat.entries.error(text));
    this.chat.typed.refused(id);
    return true;
  }

  /** A message to a room was refused that the user is not in: its text must not get lost. */
  notInRoom({ name }: Conversation, text: string): void {
    this.chat.addError(`Not sent to # ${name}: ${text}`);
  }

  #forget(room: string): void {
    this.chat.rooms.delete(room);
    this.chat.conversations.remove(room);
  }

  /** Goes on in another room if the user is not in the current one. */
  #stayInRoom(): void {
    const { all } = this.chat.rooms;
    if (this.chat.rooms.get(this.chat.room) !== undefined || all.length === 0) return;
    const next = all.find(({ isEntered }) => isEntered) ?? all[0]!;
    this.chat.conversations.remove(this.chat.room);
    this.chat.conversations.stayIn(next.name);
  }

  /** Requests the messages and users of the current room, if that was not done before. */
  load(isAlways = false): void {
    const room = this.chat.rooms.get(this.chat.room);
    if (room === undefined || !room.isEntered || !this.chat.isInside) return;
    if (this.chat.active !== this.chat.here && !isAlways) return;
    if (!room.hasHistory) {
      room.hasHistory = true;
      this.chat.loadHistory(this.chat.here);
    }
    if (room.hasUsers) return;
    room.hasUsers = true;
    this.chat.send({ type: "users", room: room.name });
  }

  /** Drops all requests: the session has ended. */
  clear(): void {
    for (const { room } of this.#joins.values()) {
      if (!room.isEntered) this.#forget(room.name);
    }
    this.#joins.clear();
    this.#leaves.clear();
  }
}
