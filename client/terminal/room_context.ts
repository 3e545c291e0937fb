import {
  type ClientFrame,
  COMMANDS,
  counted,
  type EnteredRoom,
  type ServerFrame,
} from "../../protocol/mod.ts";
import type { ConnectionEvent } from "../core/connection_event.ts";
import { pathsBeginningWith } from "../files/typed_path.ts";
import type { CompletionSource } from "../core/completion.ts";
import { Roster } from "../core/roster.ts";
import type { Line } from "./line_edits.ts";
import { BELL_MODES, LOCAL_NAMES } from "./local_commands.ts";
import { TabCompletion } from "./tab_completion.ts";

/** Past messages shown on arrival: a screen has 24 rows. */
const RECENT_MESSAGES = 15;

/** The commands for Tab. */
const COMMAND_NAMES = [
  ...COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]),
  ...LOCAL_NAMES,
].sort();

function commandsLike(word: string): string[] {
  return COMMAND_NAMES.filter((name) => name.startsWith(word.toLowerCase()));
}

/** The used part of a chat client. */
export interface ContextChat {
  /** Of the user. */
  readonly name: string;
  /** Of the server. */
  readonly address: string;
  readonly isConnected: boolean;
  /** Sends a frame; the answer is passed to {@link RoomContext.receive}. */
  post(frame: ClientFrame): void;
}

/**
 * The room, the users and the rooms around the user: it requests them, and completes names by them.
 *
 * 1. On arrival in a room it shows the last messages, and one line with the room and its users.
 * 2. Answers to requests of the user are shown; others are only stored.
 */
export class RoomContext {
  readonly #roster = new Roster();
  readonly #requests = new PendingRequests();
  readonly #completer = new TabCompletion(() => this.#source());
  #lastId = 0;
  #room = "";
  /** An arrival that is not shown yet. */
  #arrival: { readonly topic?: string | undefined } | undefined;

  /** @param notify prints a notice of this client. */
  constructor(
    private readonly chat: ContextChat,
    private readonly notify: (text: string) => void,
  ) {}

  /** @returns whether to show the frame. */
  receive(frame: ServerFrame): boolean {
    this.#roster.receive(frame);
    switch (frame.type) {
      case "welcome":
        if (frame.rooms[0] !== undefined) this.#arrive(frame.rooms[0], {});
        return true;
      case "joined":
        if (frame.seq === undefined) return true;
        this.#arrive({ room: frame.room, seq: frame.seq }, frame);
        return false;
      case "users":
        return frame.unasked === true || this.#answered(frame);
      case "rooms":
        return this.#requests.answered("rooms") === "user";
      case "error":
        if (frame.ref !== undefined) this.#requests.refused(frame.ref);
        return true;
      default:
        return true;
    }
  }

  receiveOwn(frame: ServerFrame): void {
    this.#roster.receive(frame);
  }

  /** Records a request of the user. @returns a function for a request that was refused or not sent. */
  request(type: "users" | "rooms"): () => void {
    return this.chat.isConnected ? this.#requests.add(type, "user") : () => {};
  }

  connectionChanged(event: ConnectionEvent): void {
    if (event.state !== "restored") return this.#requests.clear();
    this.#ask("users", event.resumed && this.#arrival === undefined ? "completion" : "status");
  }

  complete(line: Line, isBack: boolean): Line | undefined {
    // The rooms may have changed: the next press of the key uses the answer.
    if (/^\/(j|join|send)\s/i.test(line.text) && !this.#requests.isOpen("rooms")) {
      this.#ask("rooms", "completion");
    }
    return this.#completer.press(line, isBack);
  }

  #arrive({ room, seq }: EnteredRoom, arrival: { readonly topic?: string | undefined }): void {
    this.#room = room;
    this.#arrival = arrival;
    if (!this.chat.isConnected) return;
    // Later messages arrive by themselves.
    if (seq > 0) this.chat.post({ type: "history", room, limit: RECENT_MESSAGES, before: seq + 1 });
    this.#ask("users", "status");
    this.#ask("rooms", "completion");
  }

  #ask(type: "users" | "rooms", purpose: Purpose): void {
    if (!this.chat.isConnected) return;
    const id = `context ${++this.#lastId}`;
    this.#requests.add(type, purpose, id);
    this.chat.post(type === "users" ? { type, room: this.#room, id } : { type, id });
  }

  #answered({ room, users }: ServerFrame & { type: "users" }): boolean {
    const purpose = this.#requests.answered("users");
    if (purpose !== "status") return purpose === "user";
    const { name: self, address } = this.chat;
    const others = users.flatMap(({ name, listening }) =>
      listening === true || name === self ? [] : [name]
    );
    this.notify(statusLine({ room, address, others, total: this.#roster.total }));
    if (this.#arrival?.topic !== undefined) this.notify(`Topic: ${this.#arrival.topic}`);
    this.#arrival = undefined;
    return false;
  }

  #source(): CompletionSource {
    const { name } = this.chat;
    const users = this.#roster.names(name);
    const elsewhere = this.#roster.elsewhere(name);
    const rooms = this.#roster.rooms.map(({ name }) => name);
    return {
      users,
      elsewhere,
      rooms,
      commandsLike,
      argumentsOf: { "/bell": BELL_MODES, "/send": [...users, ...elsewhere, ...rooms] },
      paths: pathsBeginningWith,
    };
  }
}

/** Maximum number of named users; beyond it the number is shown. */
const MAX_NAMED = 8;

/** One sentence with the room, the server and the other users. */
export function statusLine(
  { room, address, others, total }: {
    readonly room: string;
    /** Of the server. */
    readonly address: string;
    /** Names of the others in the room, perhaps not all. */
    readonly others: readonly string[];
    /** Number of users in the room, including this one. */
    readonly total: number;
  },
): string {
  const where = `You are in the room ${room} on ${address}`;
  const count = Math.max(total - 1, others.length);
  if (count === 0) return `${where}. No other users are here.`;
  const who = counted(count, "other");
  const names = count <= MAX_NAMED && others.length === count ? `: ${others.join(", ")}` : "";
  return `${where} with ${who}${names}.`;
}

/** The purpose of a request: the user wants to see the answer, it becomes the status line, or it is only
 * stored. */
export type Purpose = "user" | "status" | "completion";

/** Requests whose answers have no id. */
type Kind = "users" | "rooms";

interface PendingRequest {
  readonly kind: Kind;
  readonly purpose: Purpose;
  /** Of a request of this client itself: a refusal has it as `ref`. */
  readonly id: string | undefined;
}

/** Stores the purposes of requests; answers come in the order of the requests. */
export class PendingRequests {
  #requests: PendingRequest[] = [];

  /** @returns a function that removes the request, which has no answer then. */
  add(kind: Kind, purpose: Purpose, id?: string): () => void {
    const request = { kind, purpose, id };
    this.#requests.push(request);
    return () => this.#remove((other) => other === request);
  }

  isOpen(kind: Kind): boolean {
    return this.#requests.some((request) => request.kind === kind);
  }

  /** The purpose of the request that an answer belongs to. */
  answered(kind: Kind): Purpose {
    const request = this.#requests.find((request) => request.kind === kind);
    this.#remove((other) => other === request);
    return request?.purpose ?? "user";
  }

  /** The server has refused the request with this `id`. */
  refused(id: string): void {
    this.#remove((request) => request.id === id);
  }

  clear(): void {
    this.#requests = [];
  }

  #remove(isIt: (request: PendingRequest) => boolean): void {
    this.#requests = this.#requests.filter((request) => !isIt(request));
  }
}
