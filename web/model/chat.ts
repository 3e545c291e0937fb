import type { IdentifiedFrame } from "../../client/core/chat_session.ts";
import type { Clock } from "../../client/core/clock.ts";
import { OFFLINE } from "../../client/core/connection_event.ts";
import type { SessionPoint } from "../../client/core/resume_point.ts";
import type { Roster } from "../../client/core/roster.ts";
import type { ClientFrame } from "../../protocol/frames.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { requestError } from "../../protocol/request_errors.ts";
import { isSameName } from "../../protocol/names.ts";
import { sizeText } from "../../protocol/text.ts";
import type { FileSource } from "../files/file_content.ts";
import type { FileItem } from "../files/file_item.ts";
import { fileText } from "../files/file_text.ts";
import type { Post, PostedFile, PostListener } from "../files/post_queue.ts";
import { SharedFiles } from "../files/shared_files.ts";
import type { Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { Finder } from "./finder.ts";
import { Membership } from "./membership.ts";
import { MessageFactory } from "./message_factory.ts";
import { OutgoingMessages } from "./outgoing_messages.ts";
import type { PresenceChange } from "./presence_notices.ts";
import { Rooms } from "./rooms.ts";
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
  /** Sends a file to the server, which keeps it, for a room of the user. */
  post(file: PostedFile, listener: PostListener): Post;
  /** Saves a received file. */
  save(name: string, content: Blob): void;
  changed(): void;
  /** Called when more bytes of a file were sent or received. */
  progressed(): void;
}

/** Number of messages per request. */
export const HISTORY_PAGE = 50;

/** The `id` of a request for a page of the history that the user waits for. */
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
  server = "";
  /** Whether the browser has reported that it is offline. */
  isOffline = false;
  lastWhisperFrom: string | undefined;
  /** Maximum size of a file that the server keeps; `undefined` if it keeps none. */
  maxStoredFile: number | undefined;
  readonly rooms = new Rooms();
  readonly conversations: Conversations;
  readonly entries: MessageFactory;
  readonly outgoing: OutgoingMessages;
  readonly typed: TypedLines;
  readonly history = new TypedHistory();
  readonly finder = new Finder(this);
  readonly files: SharedFiles;
  readonly membership = new Membership(this);

  constructor(readonly environment: ChatEnvironment) {
    this.conversations = new Conversations(() => environment.isWatched());
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
      post: (room, source, listener) => {
        const token = this.point?.session ?? "";
        return environment.post({ room, token, source }, listener);
      },
      added: (item) => this.#addFile(item),
      updated: (item) => this.#updateFile(item),
      posted: ({ key, place }) => this.conversations.find(place)?.remove(key),
    });
  }

  get active(): Conversation {
    return this.conversations.active;
  }

  get here(): Conversation {
    return this.conversations.here;
  }

  /** The name of the current room: the one that was open last. */
  get room(): string {
    return this.conversations.room;
  }

  get topic(): string {
    return this.rooms.get(this.room)?.topic ?? "";
  }

  /** The users in the current room. */
  get roster(): Roster {
    return this.rooms.rosterOf(this.room);
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

  /** Sends a frame, now or when the connection is back. */
  sendKept(frame: IdentifiedFrame): void {
    this.environment.sendKept(frame);
  }

  newId(): string {
    return this.environment.newId();
  }

  /** Starts to join. */
  enter(login: Login, point?: SessionPoint): void {
    const isOtherUser = !isSameName(login.name, this.name);
    if (point === undefined && isOtherUser) {
      this.files.clear();
      this.conversations.clear();
      this.outgoing.clear();
      this.history.clear();
      this.rooms.clear();
      this.lastWhisperFrom = undefined;
    }
    this.name = login.name;
    this.leaveNotice = undefined;
    this.typed.clear();
    this.membership.clear();
    this.phase = "entering";
    const lastEntered = Object.keys(point?.rooms ?? {}).at(-1);
    this.conversations.show(
      this.conversations.ofRoom(lastEntered ?? login.room ?? DEFAULT_ROOM),
    );
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
    this.finder.disconnected();
    if (this.phase === "inside") this.phase = "broken";
    this.files.connectionEnded();
    for (const conversation of this.conversations.all) conversation.isLoading = false;
  }

  /** Accepts a typed line. @returns whether it was accepted; if not, the conversation has the error. */
  submit(line: string): boolean {
    return this.typed.submit(line);
  }

  /** Posts files in the open room, if the server keeps files, or offers them to the open conversation. */
  offer(sources: readonly FileSource[]): void {
    if (!this.isInside) return this.addError(OFFLINE);
    const { kind, name } = this.active;
    for (const source of sources) {
      if (kind === "room" && this.maxStoredFile !== undefined) this.#post(name, source);
      else this.files.offer({ kind, name }, source);
    }
  }

  #post(room: string, source: FileSource): void {
    const limit = this.maxStoredFile!;
    // A browser would report a broken connection instead of the refusal of the server.
    if (source.size <= limit) return this.files.post(room, source);
    this.addError(`${source.name}: ${requestError("file_too_large", sizeText(limit)).text}`);
  }

  #addFile(item: FileItem): void {
    const { conversations } = this;
    const { place: { kind, name } } = item;
    const place = kind === "room" ? conversations.ofRoom(name) : conversations.ofPerson(name);
    conversations.receive(place, this.entries.file(item), kind === "person");
  }

  #updateFile(item: FileItem): void {
    const { key, state, reason } = item;
    const place = this.conversations.find(item.place);
    const before = place?.find(key);
    if (place === undefined || before === undefined) return;
    place.change(key, { transfer: item, text: fileText(item) });
    // The user may wait for it in another conversation.
    const hasFailed = state === "failed" && before.transfer?.state !== "failed";
    if (hasFailed && reason !== undefined) this.conversations.noticeChange(place, before);
  }

  /** Opens a conversation, and requests what it lacks. */
  open(conversation: Conversation): void {
    this.conversations.show(conversation);
    this.membership.load();
  }

  /** Closes a whisper, or leaves a room. */
  close(conversation: Conversation): void {
    if (conversation.kind === "room") return void this.leaveRoom(conversation.name);
    this.conversations.close(conversation);
    this.membership.load();
  }

  /** Opens a room, and enters it if necessary. @param line the typed command, if any. */
  join(room: string, line = ""): boolean {
    return this.membership.join(room, line);
  }

  leaveRoom(name: string, line = ""): boolean {
    return this.membership.leave(name, line);
  }

  /** Requests older messages. @returns whether there may be any. */
  loadOlder(): boolean {
    const conversation = this.active;
    const before = conversation.oldestNumber;
    const isPossible = this.isInside && conversation.kind === "room" && conversation.hasOlder &&
      !conversation.isLoading && before !== undefined;
    if (!isPossible) return false;
    this.loadHistory(conversation);
    return true;
  }

  /** The server has refused a request. If it was for a page of the history, no other one follows: the log
   * would request it again at once. */
  historyRefused(id: string): void {
    if (id !== HISTORY_ID) return;
    for (const conversation of this.conversations.all) {
      if (conversation.isLoading) {
        Object.assign(conversation, { isLoading: false, hasOlder: false });
      }
    }
  }

  loadSkipped(room: string, count: number, to: number): void {
    const limit = Math.min(count, MAX_PAGE);
    this.send({ type: "history", room, before: to + 1, limit });
  }

  /** Requests the last messages before those that are there. */
  loadHistory(conversation: Conversation): void {
    conversation.isLoading = true;
    const { name: room, oldestNumber } = conversation;
    const before = oldestNumber === undefined ? undefined : { before: oldestNumber };
    this.send({ type: "history", room, ...before, limit: HISTORY_PAGE, id: HISTORY_ID });
  }

  /** Adds a notice to a conversation; by default to the open one. */
  addNotice(text: string, conversation = this.active, time = this.environment.now()): void {
    conversation.add(this.entries.notice(text, time));
  }

  /** Adds a notice about a user who joined or left a room. */
  addPresence(room: string, change: PresenceChange): void {
    this.conversations.ofRoom(room).addPresence(this.entries.presence(change));
  }

  addError(text: string): void {
    this.active.add(this.entries.error(text));
  }
}
