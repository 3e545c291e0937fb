import type { ClientFrame, ClientFrameOf, RoomInfo } from "../../protocol/frames.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/names.ts";
import { SharedFiles } from "../files/shared_files.ts";
import type { FileSource } from "../files/read_ahead.ts";
import type { Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { MessageFactory } from "./message_factory.ts";
import { People } from "./people.ts";
import { OutgoingMessages } from "./outgoing_messages.ts";
import { NO_CONNECTION, TypedLines } from "./typed_lines.ts";

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
  /** Calls `run` after a delay. */
  schedule(run: () => void, milliseconds: number): void;
  /** Has a file saved that has arrived. */
  save(name: string, content: Blob): void;
  /** Something has changed at a time of its own. */
  changed(): void;
  /** More bytes of a file were sent or received. */
  progressed(): void;
}

/** Messages asked for at a time. */
export const HISTORY_PAGE = 50;

/** Most messages in one answer to `history`. */
const LARGEST_PAGE = 500;

/** Attempts to come in, after which somebody is told that it does not work. One may be chance. */
const MOST_FAILURES = 2;

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
  /** Whether the browser's last report about the network was `offline`. */
  isOffline = false;
  /** What is known of the session, to resume it. */
  point: SessionPoint | undefined;
  credentials: Credentials = { name: "" };
  /** Who whispered last. */
  lastWhisperFrom: string | undefined;
  #failures = 0;
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
      schedule: (run, milliseconds) => environment.schedule(run, milliseconds),
      save: (name, content) => environment.save(name, content),
      changed: () => environment.changed(),
      progressed: () => environment.progressed(),
      offered: (text, { from, to, room, time }) => {
        const { conversations } = this;
        const place = room === true ? conversations.ofRoom(to) : conversations.ofPerson(from);
        conversations.hear(place, this.entries.notice(text, time), room !== true);
      },
      failed: (text, { kind, name }) => {
        const { conversations } = this;
        const place = kind === "room" ? conversations.ofRoom(name) : conversations.ofPerson(name);
        // Errors of another room are dropped: a room is shown anew when it is joined.
        if (kind === "room" && place !== this.here) return;
        conversations.hear(place, this.entries.error(text), false);
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

  isWatched(): boolean {
    return this.environment.isWatched();
  }

  send(frame: ClientFrame): void {
    this.environment.send(frame);
  }

  newId(): string {
    return this.environment.newId();
  }

  /** Begins to come in. */
  enter(credentials: Credentials, point?: SessionPoint): void {
    const isSomebodyElse = nameKey(credentials.name) !== nameKey(this.name);
    if (point === undefined && isSomebodyElse) {
      this.conversations.clear();
      this.outgoing.clear();
      this.lastWhisperFrom = undefined;
    }
    this.credentials = credentials;
    this.name = credentials.name;
    this.room = point?.room ?? credentials.room ?? DEFAULT_ROOM;
    this.point = point;
    this.farewell = undefined;
    this.typed.clear();
    this.#failures = 0;
    this.phase = "entering";
    if (point === undefined) this.conversations.show(this.here);
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
    this.typed.giveUp();
    this.phase = "outside";
    this.farewell = farewell;
    this.point = undefined;
    this.files.connectionEnded();
  }

  /** The connection broke; the link makes another one. */
  broke(): void {
    if (this.phase === "inside") this.phase = "broken";
    this.files.connectionEnded();
    for (const conversation of this.conversations.all) conversation.isLoading = false;
    if (this.phase !== "entering" || this.point !== undefined) return;
    if (++this.#failures === MOST_FAILURES) {
      this.leave({ code: "no_answer", text: "The server does not answer. Is it running?" });
    }
  }

  /** Accepts a typed line. @returns whether it was accepted; if not, the conversation has the error. */
  submit(line: string): boolean {
    return this.typed.submit(line);
  }

  /** Offers files to whomever one talks to: the room, or a person. */
  offer(sources: readonly FileSource[]): void {
    if (!this.isInside) return this.tellError(NO_CONNECTION);
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
  tell(text: string, conversation = this.active, time = this.environment.now()): void {
    conversation.add(this.entries.notice(text, time));
  }

  /** Tells in the conversation that is looked at what went wrong. */
  tellError(text: string): void {
    this.active.add(this.entries.error(text));
  }
}
