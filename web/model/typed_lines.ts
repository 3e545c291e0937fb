import { OFFLINE } from "../../client/core/connection_event.ts";
import { helpText, mayHoldPassword, parseInput } from "../../protocol/commands.ts";
import { requestError } from "../../protocol/request_errors.ts";
import type { IdentifiedFrame } from "../../client/core/chat_session.ts";
import type { ClientFrame, ClientFrameOf } from "../../protocol/frames.ts";
import { MAX_FIELD_LENGTHS } from "../../protocol/limits.ts";
import { isSameName } from "../../protocol/names.ts";
import { Conversation, type Entry } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import type { Finder } from "./finder.ts";
import type { MessageFactory } from "./message_factory.ts";
import type { OutgoingMessages } from "./outgoing_messages.ts";
import type { Rooms } from "./rooms.ts";

/** Maximum number of unanswered commands that are stored, to return the text of a refused one. */
const MAX_COMMANDS = 20;

export interface TypedLinesHost {
  readonly name: string;
  readonly room: string;
  readonly active: Conversation;
  /** Whether frames can be sent now. */
  readonly isInside: boolean;
  readonly lastWhisperFrom: string | undefined;
  readonly conversations: Conversations;
  readonly entries: MessageFactory;
  readonly rooms: Rooms;
  readonly outgoing: OutgoingMessages;
  readonly finder: Finder;
  send(frame: ClientFrame): void;
  /** Sends a frame, now or when the connection is back. */
  sendKept(frame: IdentifiedFrame): void;
  newId(): string;
  /** Opens a room. @param line the typed command. */
  join(room: string, line: string): boolean;
  leaveRoom(room: string, line: string): boolean;
  close(conversation: Conversation): void;
  addNotice(text: string): void;
  addError(text: string): void;
}

/** A whisper to a user who is not in the room, until the server has accepted or refused it. */
interface PendingWhisper {
  readonly id: string;
  readonly line: string;
  /** The conversation in which it was typed. */
  readonly place: Conversation;
  /** The conversation that it opens; not in the list yet. */
  readonly thread: Conversation;
}

/**
 * Parses, sends and delays the lines that the user types.
 *
 * 1. A whisper to a user who is in none of the user's rooms opens their conversation when the server has
 *    accepted it. Lines typed before that wait: they may be meant for that user alone.
 * 2. A refused command returns to the field of the conversation in which it was typed, if that field is
 *    empty. A line that may hold a password does not. A refused message stays in the log instead, with
 *    buttons that send or edit it.
 */
export class TypedLines {
  /** The lists that the user requested, by the `id` of the request. Those that the page requested are not
   * printed. */
  readonly #lists = new Map<string, { readonly type: "users" | "rooms"; readonly room: string }>();
  #whisper: PendingWhisper | undefined;
  #held: string[] = [];
  readonly #commands = new Map<string, { readonly line: string; readonly place: Conversation }>();

  constructor(private readonly chat: TypedLinesHost) {}

  /** Number of lines that wait for an answer that decides their destination. */
  get waiting(): number {
    return this.#held.length + (this.#whisper === undefined ? 0 : 1);
  }

  /** Accepts a line. @returns false if it was refused; then the conversation has the reason. */
  submit(line: string): boolean {
    const { active } = this.chat;
    const isQuit = /^\/\S/.test(line) && parseInput(line)?.frame?.type === "quit";
    if (isQuit || !this.#mustWait(active)) return this.#take(line, active);
    this.#held.push(line);
    return true;
  }

  /** The connection is back. */
  reconnected(): void {
    this.#lists.clear();
  }

  /** Whether the user waits for a list. @param room that of a list of users. */
  takeList(type: "users" | "rooms", room = ""): boolean {
    const request = this.#lists.entries().find(([, list]) =>
      list.type === type && isSameName(list.room, room)
    );
    return request !== undefined && this.#lists.delete(request[0]);
  }

  /** The server has accepted a whisper. @param to the recipient's name in their own spelling. */
  whispered(id: string, to: string | undefined): void {
    if (this.#whisper?.id === id && to !== undefined) this.#whisper.thread.name = to;
  }

  /** The server has refused a command. */
  refused(id: string): void {
    const command = this.#commands.get(id);
    this.#commands.delete(id);
    this.#lists.delete(id);
    if (command !== undefined) returnText(command.line, command.place);
  }

  /** The entries of a conversation are part of another one now. */
  absorbed(conversation: Conversation, by: Conversation): void {
    if (this.#whisper?.place === conversation) this.#whisper = { ...this.#whisper, place: by };
    for (const [id, { line, place }] of this.#commands) {
      if (place === conversation) this.#commands.set(id, { line, place: by });
    }
  }

  /** Returns all waiting lines to the field, at the end of the session or the page. */
  returnWaiting(): void {
    const { line, place } = this.#whisper ?? {};
    this.#whisper = undefined;
    if (line !== undefined) this.#held.unshift(line);
    this.#returnHeld(place);
  }

  /** Sends the waiting lines once their destination is known. */
  settle(): void {
    if (this.#whisper !== undefined) this.#settleWhisper(this.#whisper);
  }

  /** Drops all lines: the session has ended. */
  clear(): void {
    this.#lists.clear();
    this.#whisper = undefined;
    this.#held = [];
    this.#commands.clear();
  }

  #returnHeld(place = this.chat.active): void {
    // Checked line by line: after another line, a password would become part of the stored draft.
    const lines = this.#held.filter((line) => !mayHoldPassword(line));
    this.#held = [];
    if (lines.length > 0) returnText(lines.join("\n"), place);
  }

  #mustWait(place: Conversation): boolean {
    return place === this.#whisper?.place;
  }

  #release(place: Conversation): void {
    const lines = this.#held;
    this.#held = [];
    for (const line of lines) {
      if (this.#mustWait(place)) this.#held.push(line);
      else if (!this.#take(line, place)) returnText(line, place);
    }
  }

  #take(line: string, place: Conversation): boolean {
    // A bare "quit" leaves the chat in line clients. The page has a button for that: here it is a message.
    if (line.trim() === "quit") return this.#sendText({ type: "message", text: line }, place);
    const { frame, error } = parseInput(line) ?? {};
    if (error !== undefined) return this.#refuse(error.text);
    if (frame === undefined) return true;
    switch (frame.type) {
      case "message":
        return this.#sendText(frame, place);
      case "whisper":
        return this.#whisperTo(frame.to, frame.text, line, place);
      case "reply": {
        const { lastWhisperFrom } = this.chat;
        if (lastWhisperFrom === undefined) {
          return this.#refuse(requestError("nobody_to_reply_to").text);
        }
        return this.#whisperTo(lastWhisperFrom, frame.text, line, place);
      }
      case "users":
      case "rooms": {
        const room = frame.type === "users" ? this.#roomOf(place) : "";
        const id = this.#ask(frame.type === "users" ? { ...frame, room } : frame, line, place);
        if (id !== undefined) this.#lists.set(id, { type: frame.type, room });
        return id !== undefined;
      }
      case "search":
        this.chat.finder.requested = frame.words;
        return true;
      case "help":
        this.chat.addNotice(helpText(false));
        return true;
      case "join":
        return this.chat.join(frame.room, line);
      case "leave": {
        const { room } = frame;
        if (room === undefined && place.kind === "person") return this.chat.close(place), true;
        return this.chat.leaveRoom(room ?? place.name, line);
      }
      case "topic":
      case "history": {
        const { room = this.#roomOf(place) } = frame;
        return this.#ask({ ...frame, room }, line, place) !== undefined;
      }
      default:
        return this.#ask(frame, line, place) !== undefined;
    }
  }

  /**
   * Sends a request to enter or to leave a room, again after a break until it is answered.
   *
   * @returns its `id`; `undefined` without a connection.
   */
  request(frame: ClientFrameOf<"join" | "leave">, line: string): string | undefined {
    const { active } = this.chat;
    if ((frame.room?.length ?? 0) <= MAX_FIELD_LENGTHS.room) {
      return this.#ask(frame, line, active, true);
    }
    this.#refuse(requestError("frame_too_long").text);
    return undefined;
  }

  /** The room that a command is about. */
  #roomOf(place: Conversation): string {
    return place.kind === "room" ? place.name : this.chat.room;
  }

  /** Sends a command. @returns its `id`; `undefined` without a connection. */
  #ask(
    frame: ClientFrame,
    line: string,
    place: Conversation,
    isKept = false,
  ): string | undefined {
    if (!this.chat.isInside) {
      this.chat.addError(OFFLINE);
      return undefined;
    }
    const id = this.chat.newId();
    const [oldest] = this.#commands.keys();
    if (this.#commands.size >= MAX_COMMANDS) this.#commands.delete(oldest!);
    if (line !== "") this.#commands.set(id, { line, place });
    if (isKept) this.chat.sendKept({ ...frame, id });
    else this.chat.send({ ...frame, id });
    return id;
  }

  #sendText({ text, action }: ClientFrameOf<"message">, place: Conversation): boolean {
    const { name, outgoing } = this.chat;
    if (place.kind === "person") {
      return this.#whisperIn(place, action ? `* ${name} ${text}` : text, place);
    }
    const room = place.name;
    const frame = { type: "message" as const, room, text, id: this.chat.newId() };
    return this.#refuse(outgoing.send(place, action ? { ...frame, action } : frame));
  }

  #whisperTo(to: string, text: string, line: string, place: Conversation): boolean {
    const { conversations, outgoing, rooms } = this.chat;
    const isOwn = isSameName(to, this.chat.name);
    const person = isOwn ? undefined : rooms.person(to);
    const isThere = place.kind === "person" && isSameName(place.name, to);
    if (isThere || person !== undefined || this.#whisper !== undefined) {
      return this.#whisperIn(conversations.ofPerson(person?.name ?? to), text, place);
    }
    const thread = new Conversation("person", to);
    const id = this.chat.newId();
    const refusal = outgoing.send(thread, { type: "whisper", to, text, id });
    if (refusal === undefined) this.#whisper = { id, line, place, thread };
    return this.#refuse(refusal);
  }

  #whisperIn(thread: Conversation, text: string, place: Conversation): boolean {
    const { outgoing } = this.chat;
    const id = this.chat.newId();
    const refusal = outgoing.send(thread, { type: "whisper", to: thread.name, text, id });
    if (refusal === undefined) this.#open(thread, place);
    return this.#refuse(refusal);
  }

  #settleWhisper({ id, line, place, thread }: PendingWhisper): void {
    const { conversations, entries, outgoing } = this.chat;
    if (outgoing.isPending(id)) return;
    this.#whisper = undefined;
    const [entry] = thread.entries;
    if (entry?.status === "delivered") {
      const opened = conversations.ofPerson(thread.name);
      opened.add(entry);
      this.#open(opened, place);
      return this.#release(opened);
    }
    place.add(entries.error(entry?.reason ?? ""));
    this.#held.unshift(line);
    this.#returnHeld(place);
  }

  /** Shows a conversation whose first whisper was typed in another one. */
  #open(thread: Conversation, place: Conversation): void {
    const { chat } = this;
    if (thread === place || chat.active !== place) return;
    chat.conversations.show(thread);
    chat.addNotice(
      `From here on you talk to ${thread.name} alone. Choose # ${chat.room} to go back.`,
    );
  }

  #refuse(reason: string | undefined): boolean {
    if (reason !== undefined) this.chat.addError(reason);
    return reason === undefined;
  }
}

/** The line that sends an entry again. */
export function lineOf({ text, isAction }: Entry): string {
  if (isAction) return `/me ${text}`;
  return text.startsWith("/") ? `/${text}` : text;
}

/** Returns a text to the field of a conversation, if that is empty. */
export function returnText(text: string, place: Conversation): void {
  if (place.draft.trim() === "" && !mayHoldPassword(text)) place.draft = text;
}
