import type { IdentifiedFrame } from "../../client/core/chat_session.ts";
import type { Clock } from "../../client/core/clock.ts";
import { OFFLINE } from "../../client/core/connection_event.ts";
import type { SessionPoint } from "../../client/core/resume_point.ts";
import { Roster } from "../../client/core/roster.ts";
import type { ClientFrame } from "../../protocol/frames.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/names.ts";
import type { FileSource } from "../files/file_content.ts";
import { SharedFiles } from "../files/shared_files.ts";
import type { Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { MessageFactory } from "./message_factory.ts";
import { OutgoingMessages } from "./outgoing_messages.ts";
import { TypedHistory } from "./typed_history.ts";
import { TypedLines } from "./typed_lines.ts";

/** The values of the login form. */
export interface Login {
  readonly name: string;
  readonly room?: string;
  /** Of the name. */
  readonly password?: string;
  readonly serverPassword?: string;
}

/** Not joined, joining, joined, or joined with a broken connection. */
export type Phase = "outside" | "entering" | "inside" | "broken";

/** The reason for which the user has left. */
export interface LeaveNotice {
  readonly text: string;
  readonly code?: string;
}

export interface ChatEnvironment {
  /** Sends a frame if there is a connection. */
  send(frame: ClientFrame): void;
  /** Sends a frame, now or when the connection is back, until the server has acknowledged it. */
  sendKept(frame: IdentifiedFrame): void;
  point(): SessionPoint | undefined;
  /** Timers, and a monotonic time. */
  readonly clock: Clock;
  now(): number;
  newId(): string;
  /** Whether the page has the user's attention. */
  isWatched(): boolean;
  /** Saves a received file. */
  save(name: string, content: Blob): void;
  changed(): void;
  /** Called when more bytes of a file were sent or received. */
  progressed(): void;
}

/** Number of messages per request. */
export const HISTORY_PAGE = 50;

/** The `id` of the request for a page of the history that the user waits for. */
const HISTORY_ID = "history";

/** Maximum number of messages in one answer to `history`. */
const MAX_PAGE = 500;

/**
 * The state of the page: rooms, users, conversations, and unacknowledged messages.
 *
 * It does no I/O: frames of the server come in by `receive` (`server_frames.ts`), frames of the user go out
 * by `send`, and the views show the state after each change.
 */
export class Chat {
  phase: Phase = "outside";
  /** The reason of the end; absent before the first login. */
  leaveNotice: LeaveNotice | undefined;
  name = "";
  room = "";
  topic = "";
  server = "";
  roster = new Roster();
  /** Whether the browser has reported that it is offline. */
  isOffline = false;
  lastWhisperFrom: string | undefined;
  readonly conversations: Conversations;
  readonly entries: MessageFactory;
  readonly outgoing: OutgoingMessages;
  readonly typed: TypedLines;
  readonly history = new TypedHistory();
  readonly files: SharedFiles;

  constructor(readonly environment: ChatEnvironment) {
    this.conversations = new Conversations(() => this.room, () => environment.isWatched());
    this.entries = new MessageFactory(() => environment.now());
    this.outgoing = new OutgoingMessages(
      this.entries,
      () => this.name,
      (frame) => environment.sendKept(frame),
    );
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
        // Errors of another room are dropped: a room is loaded again when it is joined.
        if (kind === "room" && place !== this.here) return;
        conversations.receive(place, this.entries.error(text), false);
      },
    });
  }

  get active(): Conversation {
    return this.conversations.active;
  }

  get here(): Conversation {
    return this.conversations.here;
  }

  /** Whether frames can be sent now. */
  get isInside(): boolean {
    return this.phase === "inside";
  }

  /** The point at which the session can be resumed; `undefined` without a session. */
  get point(): SessionPoint | undefined {
    return this.environment.point();
  }

  send(frame: ClientFrame): void {
    this.environment.send(frame);
  }

  newId(): string {
    return this.environment.newId();
  }

  /** Starts to join. */
  enter(login: Login, point?: SessionPoint): void {
    const isOtherUser = nameKey(login.name) !== nameKey(this.name);
    if (point === undefined && isOtherUser) {
      this.files.clear();
      this.conversations.clear();
      this.outgoing.clear();
      this.history.clear();
      this.roster = new Roster();
      this.lastWhisperFrom = undefined;
    }
    this.name = login.name;
    const lastEntered = Object.keys(point?.rooms ?? {}).at(-1);
    this.room = lastEntered ?? login.room ?? DEFAULT_ROOM;
    this.leaveNotice = undefined;
    this.typed.clear();
    this.phase = "entering";
    if (point === undefined) this.conversations.show(this.here);
  }

  /** Ends the session: the user has left, or cannot return automatically. */
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

  /** Offers files to the open conversation. */
  offer(sources: readonly FileSource[]): void {
    if (!this.isInside) return this.addError(OFFLINE);
    const { kind, name } = this.active;
    for (const source of sources) this.files.offer({ kind, name }, source);
  }

  /** Joins a room, or shows the current one. @param line the typed command, if any. */
  join(room: string, line?: string): boolean {
    if (nameKey(room) !== nameKey(this.room)) return this.typed.move(room, line);
    this.conversations.show(this.here);
    return true;
  }

  /** Leaves all rooms but the current one: the page shows one at a time. */
  leaveOthers(): void {
    for (const room of Object.keys(this.point?.rooms ?? {})) {
      if (nameKey(room) !== nameKey(this.room)) this.send({ type: "leave", room });
    }
  }

  /** Requests older messages. @returns whether there may be any. */
  loadOlder(): boolean {
    const conversation = this.active;
    const before = conversation.oldestNumber;
    const isPossible = this.isInside && conversation === this.here &&
      conversation.hasOlder && !conversation.isLoading && before !== undefined;
    if (!isPossible) return false;
    conversation.isLoading = true;
    const { room } = this;
    this.send({ type: "history", room, before, limit: HISTORY_PAGE, id: HISTORY_ID });
    return true;
  }

  /** The server has refused a request. If it was for a page of the history, no other one follows: the log
   * would request it again at once. */
  historyRefused(id: string): void {
    if (id !== HISTORY_ID) return;
    this.here.isLoading = false;
    this.here.hasOlder = false;
  }

  loadSkipped(room: string, count: number, to: number): void {
    const limit = Math.min(count, MAX_PAGE);
    this.send({ type: "history", room, before: to + 1, limit });
  }

  /** Requests the messages, users and rooms after a change of room. */
  loadRoom(): void {
    this.here.isLoading = true;
    const { room } = this;
    this.send({ type: "history", room, limit: HISTORY_PAGE, id: HISTORY_ID });
    this.send({ type: "users", room });
    this.send({ type: "rooms" });
  }

  /** Adds a notice to a conversation; by default to the open one. */
  addNotice(text: string, conversation = this.active, time = this.environment.now()): void {
    conversation.add(this.entries.notice(text, time));
  }

  addError(text: string): void {
    this.active.add(this.entries.error(text));
  }
}
