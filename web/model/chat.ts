import type { IdentifiedFrame } from "../../client/core/chat_session.ts";
import type { Clock } from "../../client/core/clock.ts";
import type { SessionPoint } from "../../client/core/resume_point.ts";
import type { ClientFrame, RoomInfo } from "../../protocol/frames.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/names.ts";
import type { FileSource } from "../files/file_content.ts";
import { SharedFiles } from "../files/shared_files.ts";
import type { Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { MessageFactory } from "./message_factory.ts";
import { OutgoingMessages } from "./outgoing_messages.ts";
import { People } from "./people.ts";
import { NO_CONNECTION, TypedLines } from "./typed_lines.ts";

/** The values of the login form. */
export interface Credentials {
  readonly name: string;
  readonly room?: string;
  /** That of the name. */
  readonly password?: string;
  /** That of the whole server. */
  readonly serverPassword?: string;
}

/** Outside, on the way in, inside, or inside with a connection that broke. */
export type Phase = "outside" | "entering" | "inside" | "broken";

/** Why the user is outside again. */
export interface LeaveNotice {
  readonly text: string;
  /** The error's code, where it was one. */
  readonly code?: string;
}

/** What a chat takes from its surroundings. */
export interface ChatEnvironment {
  /** Sends a frame if there is a connection. */
  send(frame: ClientFrame): void;
  /** Sends a frame, now or when the connection is back, until the server has acknowledged it. */
  sendKept(frame: IdentifiedFrame): void;
  /** The point at which the session can be resumed. */
  point(): SessionPoint | undefined;
  /** Timers, and a monotonic time. */
  readonly clock: Clock;
  /** Returns the time of day in Unix milliseconds. */
  now(): number;
  /** Returns a new unique `id`. */
  newId(): string;
  /** Whether the page has the user's attention. */
  isWatched(): boolean;
  /** Saves a received file. */
  save(name: string, content: Blob): void;
  /** Called after a change. */
  changed(): void;
  /** Called when more bytes of a file were sent or received. */
  progressed(): void;
}

/** Messages asked for at a time. */
export const HISTORY_PAGE = 50;

/** Most messages in one answer to `history`. */
const LARGEST_PAGE = 500;

/**
 * The chat as the page knows it: rooms, people, conversations, and what was said and not acknowledged.
 *
 * It does no I/O: what the server says comes in by `receive` (`server_frames.ts`), what is to be said
 * goes out by `send`, and the views show it after each change.
 */
export class Chat {
  phase: Phase = "outside";
  /** Why one is outside; absent where one never was inside. */
  leaveNotice: LeaveNotice | undefined;
  name = "";
  /** Name of the room that one is in. */
  room = "";
  topic = "";
  server = "";
  readonly people = new People();
  rooms: readonly RoomInfo[] = [];
  /** Whether the browser's last report about the network was `offline`. */
  isOffline = false;
  credentials: Credentials = { name: "" };
  /** Who whispered last. */
  lastWhisperFrom: string | undefined;
  readonly conversations: Conversations;
  readonly entries: MessageFactory;
  readonly outgoing: OutgoingMessages;
  readonly typed: TypedLines;
  readonly files: SharedFiles;

  constructor(readonly environment: ChatEnvironment) {
    this.conversations = new Conversations(this);
    this.entries = new MessageFactory(() => environment.now());
    this.outgoing = new OutgoingMessages(this, this.entries);
    this.typed = new TypedLines(this);
    this.files = new SharedFiles({
      send: (frame) => environment.send(frame),
      newId: () => environment.newId(),
      schedule: (run, milliseconds) => void environment.clock.after(milliseconds, run),
      save: (name, content) => environment.save(name, content),
      changed: () => environment.changed(),
      progressed: () => environment.progressed(),
      offered: (text, { from, to, room, time }) => {
        const { conversations } = this;
        const place = room === true ? conversations.ofRoom(to) : conversations.ofPerson(from);
        conversations.receive(place, this.entries.notice(text, time), room !== true);
      },
      failed: (text, { kind, name }) => {
        const { conversations } = this;
        const place = kind === "room" ? conversations.ofRoom(name) : conversations.ofPerson(name);
        // Errors of another room are dropped: a room is shown anew when it is joined.
        if (kind === "room" && place !== this.here) return;
        conversations.receive(place, this.entries.error(text), false);
      },
    });
  }

  /** The conversation that is looked at. */
  get active(): Conversation {
    return this.conversations.active;
  }

  /** The conversation of the room that one is in. */
  get here(): Conversation {
    return this.conversations.here;
  }

  /** Whether what is sent now goes out now. */
  get isInside(): boolean {
    return this.phase === "inside";
  }

  /** The point at which the session can be resumed; `undefined` without a session. */
  get point(): SessionPoint | undefined {
    return this.environment.point();
  }

  isWatched(): boolean {
    return this.environment.isWatched();
  }

  send(frame: ClientFrame): void {
    this.environment.send(frame);
  }

  sendKept(frame: IdentifiedFrame): void {
    this.environment.sendKept(frame);
  }

  newId(): string {
    return this.environment.newId();
  }

  /** Begins to come in. */
  enter(credentials: Credentials, point?: SessionPoint): void {
    const isOtherUser = nameKey(credentials.name) !== nameKey(this.name);
    if (point === undefined && isOtherUser) {
      this.conversations.clear();
      this.outgoing.clear();
      this.lastWhisperFrom = undefined;
    }
    this.credentials = credentials;
    this.name = credentials.name;
    this.room = point?.room ?? credentials.room ?? DEFAULT_ROOM;
    this.leaveNotice = undefined;
    this.typed.clear();
    this.phase = "entering";
    if (point === undefined) this.conversations.show(this.here);
  }

  /** One is outside, and will not come back by oneself. */
  leave(leaveNotice: LeaveNotice): void {
    this.typed.returnWaiting();
    this.phase = "outside";
    this.leaveNotice = leaveNotice;
    this.files.connectionEnded();
  }

  /** The connection broke, and another attempt follows. */
  disconnected(): void {
    if (this.phase === "inside") this.phase = "broken";
    this.files.connectionEnded();
    for (const conversation of this.conversations.all) conversation.isLoading = false;
  }

  /** Accepts a typed line. @returns whether it was accepted; if not, the conversation has the error. */
  submit(line: string): boolean {
    return this.typed.submit(line);
  }

  /** Offers files to whomever one talks to: the room, or a person. */
  offer(sources: readonly FileSource[]): void {
    if (!this.isInside) return this.addError(NO_CONNECTION);
    const { kind, name } = this.active;
    for (const source of sources) this.files.offer({ kind, name }, source);
  }

  /** Joins a room, or shows the current one. @param line the typed command, if any. */
  join(room: string, line?: string): boolean {
    if (nameKey(room) !== nameKey(this.room)) return this.typed.move({ type: "join", room }, line);
    this.conversations.show(this.here);
    return true;
  }

  /** Asks for the messages before those that are there. @returns whether there may be any. */
  loadOlder(): boolean {
    const conversation = this.active;
    const before = conversation.oldestNumber;
    const isPossible = this.isInside && conversation === this.here &&
      conversation.hasOlder && !conversation.isLoading && before !== undefined;
    if (!isPossible) return false;
    conversation.isLoading = true;
    this.send({ type: "history", before, limit: HISTORY_PAGE });
    return true;
  }

  /** Asks for messages that were skipped. */
  loadSkipped(count: number, to: number): void {
    const limit = Math.min(count, LARGEST_PAGE);
    this.send({ type: "history", before: to + 1, limit });
  }

  /** Asks for all that one sees of a room on coming in. */
  loadRoom(): void {
    this.here.isLoading = true;
    this.send({ type: "history", limit: HISTORY_PAGE });
    this.send({ type: "users" });
    this.send({ type: "rooms" });
  }

  /** Tells something in a conversation; by default in the one that is looked at. */
  addNotice(text: string, conversation = this.active, time = this.environment.now()): void {
    conversation.add(this.entries.notice(text, time));
  }

  /** Tells in the conversation that is looked at what went wrong. */
  addError(text: string): void {
    this.active.add(this.entries.error(text));
  }
}
