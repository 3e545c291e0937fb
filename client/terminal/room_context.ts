import {
  type ClientFrame,
  COMMANDS,
  counted,
  type EnteredRoom,
  isSameName,
  nameKey,
  type ServerFrame,
} from "../../protocol/mod.ts";
import type { ConnectionEvent } from "../core/connection_event.ts";
import { pathsBeginningWith } from "../files/typed_path.ts";
import type { CompletionSource } from "../core/completion.ts";
import { isOwnLeave } from "../core/resume_point.ts";
import { Roster } from "../core/roster.ts";
import type { CurrentRoom } from "../current_room.ts";
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
  readonly joinedRooms: readonly string[];
  /** Sends a frame; the answer is passed to {@link RoomContext.receive}. */
  post(frame: ClientFrame): void;
}

/** The arrival in a room that is not shown yet. */
interface Arrival {
  /** Number of the last message then. */
  readonly seq: number;
  readonly topic: string | undefined;
}

/**
 * The rooms, the users and their names around the user: it requests them, and completes words by them.
 *
 * 1. When the user turns to a room for the first time, it shows the last messages, and one line with the
 *    room and its users.
 * 2. Answers to requests of the user are shown; others are only stored.
 */
export class RoomContext {
  readonly #roster = new Roster();
  readonly #requests = new PendingRequests();
  readonly #completer = new TabCompletion(() => this.#source());
  readonly #arrivals = new Map<string, Arrival>();
  #lastId = 0;

  /** @param notify prints a notice of this client. */
  constructor(
    private readonly chat: ContextChat,
    private readonly room: Pick<CurrentRoom, "name" | "isCurrent">,
    private readonly notify: (text: string) => void,
  ) {}

  /** @returns whether to show the frame. */
  receive(frame: ServerFrame): boolean {
    if (!isOtherArrival(frame, this.room)) this.#roster.receive(frame);
    switch (frame.type) {
      case "welcome":
        for (const room of frame.rooms) {
          // The line of the welcome has the topic of the first room.
          const { topic: _, ...untitled } = room;
          this.#arrive(room === frame.rooms[0] ? untitled : room);
        }
        return true;
      case "joined":
        if (frame.seq === undefined) return true;
        this.#arrive({ ...frame, seq: frame.seq });
        return !this.room.isCurrent(frame.room);
      case "left":
        if (isOwnLeave(frame, this.chat.name)) this.#arrivals.delete(nameKey(frame.room));
        return true;
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
    if (!this.chat.isConnected) return () => {};
    return this.#requests.add(type, "user", undefined, this.#roomOf(type));
  }

  connectionChanged(event: ConnectionEvent): void {
    if (event.state !== "restored") return this.#requests.clear();
    const isShown = event.resumed && !this.#arrivals.has(nameKey(this.room.name));
    this.#ask("users", isShown ? "completion" : "status");
  }

  /** The user has turned to another room. */
  turned(): void {
    const { name } = this.room;
    this.#roster.turn(name, this.chat.name);
    // A room that the server has not answered for follows with its `joined`.
    if (!this.chat.joinedRooms.includes(name)) return;
    if (this.#arrivals.has(nameKey(name))) this.#showArrival();
    else this.#ask("users", "completion");
  }

  complete(line: Line, isBack: boolean): Line | undefined {
    // The rooms may have changed: the next press of the key uses the answer.
    if (/^\/(j|join|send)\s/i.test(line.text) && !this.#requests.isOpen("rooms")) {
      this.#ask("rooms", "completion");
    }
    return this.#completer.press(line, isBack);
  }

  #arrive({ room, seq, topic }: EnteredRoom): void {
    this.#arrivals.set(nameKey(room), { seq, topic });
    if (!this.room.isCurrent(room)) return;
    this.#showArrival();
    this.#ask("rooms", "completion");
  }

  #showArrival(): void {
    const { name: room } = this.room;
    const { seq = 0 } = this.#arrivals.get(nameKey(room)) ?? {};
    if (!this.chat.isConnected) return;
    // Later messages arrive by themselves.
    if (seq > 0) this.chat.post({ type: "history", room, limit: RECENT_MESSAGES, before: seq + 1 });
    this.#ask("users", "status");
  }

  #ask(type: "users" | "rooms", purpose: Purpose): void {
    if (!this.chat.isConnected) return;
    const id = `context ${++this.#lastId}`;
    const room = this.#roomOf(type);
    if (room === "" || (purpose === "status" && this.#requests.isOpen(type, purpose, room))) return;
    this.#requests.add(type, purpose, id, room);
    this.chat.post(room === undefined ? { type, id } : { type, room, id });
  }

  /** The room that a request is about; `undefined` for all. */
  #roomOf(type: "users" | "rooms"): string | undefined {
    return type === "users" ? this.room.name : undefined;
  }

  #answered({ room, users, total }: ServerFrame & { type: "users" }): boolean {
    const purpose = this.#requests.answered("users", room);
    if (purpose !== "status") return purpose === "user";
    const { name: self, address } = this.chat;
    const listening = users.filter((user) => user.listening === true).length;
    const others = users.flatMap(({ name, listening }) =>
      listening === true || name === self ? [] : [name]
    );
    this.notify(statusLine({ room, address, others, total: total - listening }));
    const topic = this.#arrivals.get(nameKey(room))?.topic;
    if (topic !== undefined) this.notify(`Topic: ${topic}`);
    this.#arrivals.delete(nameKey(room));
    return false;
  }

  #source(): CompletionSource {
    const { name } = this.chat;
    const users = this.#roster.names(name);
    const elsewhere = this.#roster.elsewhere(name);
    const { joinedRooms } = this.chat;
    const rooms = [
      ...new Set([...this.#roster.rooms.map(({ name }) => name), ...joinedRooms]),
    ];
    return {
      users,
      elsewhere,
      rooms,
      commandsLike,
      argumentsOf: {
        "/bell": BELL_MODES,
        "/send": [...users, ...elsewhere, ...rooms],
        "/room": joinedRooms.filter((room) => !this.room.isCurrent(room)),
        "/leave": joinedRooms,
      },
      paths: pathsBeginningWith,
    };
  }
}

/** Whether this client has entered a room that is not the current one. */
function isOtherArrival(frame: ServerFrame, room: Pick<CurrentRoom, "isCurrent">): boolean {
  return frame.type === "joined" && frame.seq !== undefined && !room.isCurrent(frame.room);
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
  /** The room that it is about, if any. */
  readonly room: string | undefined;
}

/** Stores the purposes of requests; answers about a room come in the order of the requests. */
export class PendingRequests {
  #requests: PendingRequest[] = [];

  /** @returns a function that removes the request, which has no answer then. */
  add(kind: Kind, purpose: Purpose, id?: string, room?: string): () => void {
    const request = { kind, purpose, id, room };
    this.#requests.push(request);
    return () => this.#remove((other) => other === request);
  }

  isOpen(kind: Kind, purpose?: Purpose, room?: string): boolean {
    return this.#requests.some((request) =>
      request.kind === kind && (purpose === undefined || request.purpose === purpose) &&
      isSameName(request.room ?? "", room ?? "")
    );
  }

  /** The purpose of the request that an answer belongs to. */
  answered(kind: Kind, room?: string): Purpose {
    const request = this.#requests.find((request) =>
      request.kind === kind && isSameName(request.room ?? "", room ?? "")
    );
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
