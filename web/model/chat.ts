import { parseInput } from "../../protocol/commands.ts";
import { protocolError } from "../../protocol/errors.ts";
import type { ClientFrame, ClientFrameOf, MessageFrame, RoomInfo } from "../../protocol/frames.ts";
import { DEFAULT_ROOM, MAX_TEXT_BYTES } from "../../protocol/limits.ts";
import { byteLength } from "../../protocol/byte_string.ts";
import { nameKey } from "../../protocol/names.ts";
import { FileDesk } from "../files/file_desk.ts";
import type { FileSource } from "../files/upload.ts";
import { Conversation, type Entry } from "./conversation.ts";
import { mentions } from "./mentions.ts";
import { Outgoing, type SpokenFrame } from "./outgoing.ts";
import { People } from "./people.ts";

/** What somebody fills in to come in. */
export interface Credentials {
  readonly name: string;
  readonly room?: string;
  /** That of the name. */
  readonly password?: string;
  /** That of the whole server. */
  readonly serverPassword?: string;
}

/** Which session is to be resumed, and what of it has arrived. */
export interface SessionPoint {
  readonly session: string;
  readonly room: string;
  readonly seq: number;
  readonly whisper: number;
}

/** Outside, on the way in, inside, or inside with a connection that broke. */
export type Phase = "outside" | "entering" | "inside" | "broken";

/** Why somebody is outside again. */
export interface Farewell {
  readonly text: string;
  /** The error's code, where it was one. */
  readonly code?: string;
}

/** What a chat takes from its surroundings. */
export interface ChatEnvironment {
  /** Says something over the connection, if there is one. */
  send(frame: ClientFrame): void;
  /** Unix milliseconds. */
  now(): number;
  /** A new `id`, that no other has. */
  newId(): string;
  /** Whether somebody is looking at the page. */
  isWatched(): boolean;
  /** Has a file saved that has arrived. */
  save(name: string, content: Blob): void;
  /** Something has changed at a time of its own. */
  changed(): void;
}

/** Messages asked for at a time. */
export const HISTORY_PAGE = 50;

/** Most messages in one answer to `history`. */
const LARGEST_PAGE = 500;

const PERSON_PREFIX = "@";

const NO_CONNECTION = "There is no connection at the moment. Try again when it is back.";

/**
 * The chat as the page knows it: rooms, people, conversations, and what was said and not acknowledged.
 *
 * It does no I/O: what the server says comes in by `receive` (`server_frames.ts`), what is to be said
 * goes out by `send`, and whoever shows it looks at it after each change.
 */
export class Chat {
  phase: Phase = "outside";
  /** Why one is outside; absent where one never was inside. */
  farewell: Farewell | undefined;
  name = "";
  /** Name of the room that one is in. */
  room = "";
  topic = "";
  server = "";
  readonly people = new People();
  rooms: readonly RoomInfo[] = [];
  /** What is known of the session, to resume it. */
  point: SessionPoint | undefined;
  credentials: Credentials = { name: "" };
  /** Answers to what was typed are shown; those to what the page asked by itself are not. */
  readonly typed = new Set<"users" | "rooms">();
  /** Who whispered last. */
  lastWhisperFrom: string | undefined;
  readonly outgoing = new Outgoing();
  readonly files: FileDesk;
  readonly #conversations = new Map<string, Conversation>();
  /** Where to find what was said, by its `id`. */
  readonly #spoken = new Map<string, Conversation>();
  #active = "";
  #entryCount = 0;

  constructor(readonly environment: ChatEnvironment) {
    this.files = new FileDesk({
      send: (frame) => environment.send(frame),
      newId: () => environment.newId(),
      save: (name, content) => environment.save(name, content),
      changed: () => environment.changed(),
      offered: (text, { from, to, room, time }) => {
        const conversation = room === true
          ? this.roomConversation(to)
          : this.personConversation(from);
        const entry = { ...this.#newEntry("notice", text), time };
        this.hear(conversation, entry, room !== true);
      },
    });
  }

  /** Rooms in which one was, and people with whom one whispered, in the order of the first time. */
  get conversations(): readonly Conversation[] {
    return [...this.#conversations.values()];
  }

  /** The conversation that is looked at. */
  get active(): Conversation {
    return this.#conversations.get(this.#active) ?? this.roomConversation(this.room);
  }

  /** The conversation of the room that one is in. */
  get here(): Conversation {
    return this.roomConversation(this.room);
  }

  roomConversation(name: string): Conversation {
    return this.#conversation("room", name);
  }

  personConversation(name: string): Conversation {
    return this.#conversation("person", name);
  }

  /** Looks at another conversation. */
  show(conversation: Conversation): void {
    const before = this.active;
    if (before !== conversation) before.firstUnread = undefined;
    this.#active = keyOf(conversation.kind, conversation.name);
    if (this.environment.isWatched()) conversation.markRead();
  }

  /** Closes a conversation with a person, or with a room that one is not in. */
  close(conversation: Conversation): void {
    if (conversation === this.here) return;
    this.#conversations.delete(keyOf(conversation.kind, conversation.name));
  }

  /** A person has another name: the conversation with them, too. */
  renamePerson(from: string, to: string): void {
    const key = keyOf("person", from);
    const conversation = this.#conversations.get(key);
    if (conversation === undefined) return;
    this.#conversations.delete(key);
    conversation.name = to;
    this.#conversations.set(keyOf("person", to), conversation);
    if (this.#active === key) this.#active = keyOf("person", to);
  }

  /** Somebody looks at the page again. */
  watched(): void {
    this.active.markRead();
  }

  /** How many messages nobody has looked at, in all conversations. */
  get unread(): number {
    return this.conversations.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** Whether one of them is for the reader. */
  get isUrgent(): boolean {
    return this.conversations.some(({ isUrgent }) => isUrgent);
  }

  /** Begins to come in. */
  enter(credentials: Credentials, point?: SessionPoint): void {
    this.credentials = credentials;
    this.name = credentials.name;
    this.room = point?.room ?? credentials.room ?? DEFAULT_ROOM;
    this.point = point;
    this.farewell = undefined;
    this.phase = "entering";
  }

  /** The first frame over a new connection. */
  hello(): ClientFrameOf<"hello"> {
    const { name, credentials: { password, serverPassword }, point } = this;
    const room = this.room === "" ? undefined : this.room;
    return {
      type: "hello",
      name,
      ...(room === undefined ? undefined : { room }),
      ...(password === undefined ? undefined : { password }),
      ...(serverPassword === undefined ? undefined : { serverPassword }),
      ...(point === undefined ? undefined : { resume: point }),
    };
  }

  /** One is outside, and will not come back by oneself. */
  leave(farewell: Farewell): void {
    this.phase = "outside";
    this.farewell = farewell;
    this.point = undefined;
    this.files.connectionEnded();
  }

  /** The connection broke; the link makes another one. */
  broke(): void {
    if (this.phase === "inside") this.phase = "broken";
    this.files.connectionEnded();
    for (const conversation of this.conversations) conversation.isLoading = false;
    if (this.phase === "entering" && this.point === undefined) {
      this.leave({ code: "no_answer", text: "The server does not answer. Is it running?" });
    }
  }

  /** Takes what was typed: a command, or something to say in the conversation that is looked at. */
  submit(text: string): void {
    const { frame, error } = parseInput(text) ?? {};
    if (error !== undefined) return this.tellError(error.text);
    if (frame === undefined) return;
    switch (frame.type) {
      case "message":
        return this.#speak(frame);
      case "whisper":
        return this.#whisper(frame.to, frame.text, true);
      case "reply":
        if (this.lastWhisperFrom === undefined) {
          return this.tellError(protocolError("nobody_to_reply_to").text);
        }
        return this.#whisper(this.lastWhisperFrom, frame.text, true);
      case "users":
      case "rooms":
        this.typed.add(frame.type);
        return this.#ask(frame);
      case "join":
        return this.join(frame.room);
      default:
        return this.#ask(frame);
    }
  }

  /** Offers files to whomever one talks to: the room, or a person. */
  offer(sources: readonly FileSource[]): void {
    if (this.phase !== "inside") return this.tellError(NO_CONNECTION);
    const { kind, name } = this.active;
    for (const source of sources) this.files.offer(kind === "room" ? `#${name}` : name, source);
  }

  /** Goes to a room, or shows it where one is in it. */
  join(room: string): void {
    if (nameKey(room) === nameKey(this.room)) this.show(this.here);
    else this.#ask({ type: "join", room });
  }

  /** Asks for the messages before those that are there. @returns whether there may be any. */
  loadOlder(): boolean {
    const conversation = this.active;
    const before = conversation.oldestNumber;
    const isPossible = this.phase === "inside" && conversation === this.here &&
      conversation.hasOlder && !conversation.isLoading && before !== undefined;
    if (!isPossible) return false;
    conversation.isLoading = true;
    this.environment.send({ type: "history", before, limit: HISTORY_PAGE });
    return true;
  }

  /** Asks for messages that were skipped. */
  loadSkipped(count: number, to: number): void {
    const limit = Math.min(count, LARGEST_PAGE);
    this.environment.send({ type: "history", before: to + 1, limit });
  }

  /** Asks for all that one sees of a room on coming in. */
  loadRoom(): void {
    this.here.isLoading = true;
    this.environment.send({ type: "history", limit: HISTORY_PAGE });
    this.environment.send({ type: "users" });
    this.environment.send({ type: "rooms" });
  }

  /** The server has taken what was said under that `id`. */
  taken(id: string, seq: number | undefined): void {
    this.outgoing.settle(id);
    const changes = seq === undefined
      ? { fate: "taken" as const }
      : { fate: "taken" as const, seq };
    this.#spoken.get(id)?.change(id, changes);
    this.#spoken.delete(id);
  }

  /** What was said under that `id` was not taken. @returns whether anything was. */
  refuse(id: string, reason: string): boolean {
    const conversation = this.#spoken.get(id);
    if (conversation === undefined) return false;
    this.outgoing.settle(id);
    this.#spoken.delete(id);
    conversation.change(id, { fate: "refused", reason });
    return true;
  }

  /** Says again what waits. */
  sendWaiting(): void {
    for (const frame of this.outgoing.takeAll()) this.environment.send(frame);
  }

  /** Somebody else said something. */
  hear(conversation: Conversation, entry: Entry, isUrgent: boolean): void {
    if (!conversation.add(entry)) return;
    // What is looked at is trimmed where it is shown, when nobody reads the oldest.
    if (conversation !== this.active) conversation.trim();
    const isSeen = conversation === this.active && this.environment.isWatched();
    if (!isSeen && !entry.isOwn) conversation.markUnread(entry, isUrgent);
  }

  /** A message of a room as an entry. */
  toEntry = (frame: MessageFrame): Entry => {
    const { seq, from, text, time, action } = frame;
    const isOwn = nameKey(from) === nameKey(this.name);
    return {
      key: `${seq} ${time}`,
      kind: "message",
      from,
      text,
      time,
      seq,
      isOwn,
      isAction: action === true,
      isMention: !isOwn && mentions(text, this.name),
      fate: "taken",
    };
  };

  /** A whisper as an entry. */
  whisperEntry(from: string, text: string, time: number): Entry {
    const changes = { from, time, isOwn: false };
    return { ...this.#newEntry("message", text), ...changes };
  }

  /** Tells something in a conversation; by default in the one that is looked at. */
  tell(text: string, conversation = this.active, time = this.environment.now()): void {
    conversation.add({ ...this.#newEntry("notice", text), time });
  }

  /** Tells in the conversation that is looked at what went wrong. */
  tellError(text: string): void {
    this.active.add(this.#newEntry("error", text));
  }

  #ask(frame: ClientFrame): void {
    if (this.phase === "inside") this.environment.send(frame);
    else this.tellError(NO_CONNECTION);
  }

  #speak({ text, action }: ClientFrameOf<"message">): void {
    const conversation = this.active;
    if (conversation.kind === "person") {
      return this.#whisper(conversation.name, action ? `* ${this.name} ${text}` : text, false);
    }
    const frame = { type: "message" as const, text, id: this.environment.newId() };
    this.#say(this.here, action ? { ...frame, action } : frame);
    this.show(this.here);
  }

  #whisper(to: string, text: string, isShown: boolean): void {
    const { name } = this.people.find(to) ?? { name: to };
    const conversation = this.personConversation(name);
    if (isShown) this.show(conversation);
    this.#say(conversation, { type: "whisper", to: name, text, id: this.environment.newId() });
  }

  #say(conversation: Conversation, frame: SpokenFrame): void {
    const refused = byteLength(frame.text) > MAX_TEXT_BYTES
      ? protocolError("text_too_long").text
      : this.outgoing.isFull
      ? "Too much is waiting for the connection. Try again when it is back."
      : undefined;
    conversation.firstUnread = undefined;
    conversation.add({
      ...this.#newEntry("message", frame.text),
      key: frame.id,
      from: this.name,
      isOwn: true,
      isAction: frame.type === "message" && frame.action === true,
      ...(refused === undefined ? { fate: "waiting" } : { fate: "refused", reason: refused }),
    });
    if (refused !== undefined) return;
    const isInside = this.phase === "inside";
    this.outgoing.add(frame, isInside);
    this.#spoken.set(frame.id, conversation);
    if (isInside) this.environment.send(frame);
  }

  #newEntry(kind: Entry["kind"], text: string): Entry {
    return {
      key: `entry ${++this.#entryCount}`,
      kind,
      from: "",
      text,
      time: this.environment.now(),
      isOwn: false,
      isAction: false,
      isMention: false,
      fate: "taken",
    };
  }

  #conversation(kind: Conversation["kind"], name: string): Conversation {
    const key = keyOf(kind, name);
    const found = this.#conversations.get(key);
    if (found !== undefined) return found;
    const made = new Conversation(kind, name);
    this.#conversations.set(key, made);
    return made;
  }
}

function keyOf(kind: Conversation["kind"], name: string): string {
  return (kind === "person" ? PERSON_PREFIX : "") + nameKey(name);
}
