import { type ClientFrame, COMMANDS, counted, type ServerFrame } from "../../protocol/mod.ts";
import type { ConnectionEvent } from "../core/connection_event.ts";
import { pathsBeginningWith } from "../files/typed_path.ts";
import type { CompletionSource } from "../core/completion.ts";
import type { Line } from "./line_edits.ts";
import { BELL_MODES, LOCAL_NAMES } from "./local_commands.ts";
import { Roster } from "./roster.ts";
import { TabCompletion } from "./tab_completion.ts";

/** Messages that are shown of what was said before somebody came in: a screen has 24 rows. */
const RECENT_MESSAGES = 15;

/** The commands that Tab knows. */
const COMMAND_NAMES = [
  ...COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]),
  ...LOCAL_NAMES,
].sort();

function commandsLike(word: string): string[] {
  return COMMAND_NAMES.filter((name) => name.startsWith(word.toLowerCase()));
}

/** What the context need of a chat. */
export interface ContextChat {
  /** Of the person. */
  readonly name: string;
  /** Of the server. */
  readonly address: string;
  readonly isConnected: boolean;
  /** Sends a frame; what the server says to it is heard. */
  post(frame: ClientFrame): void;
}

/**
 * Where the person is and who else: what is asked of the server for that, and what Tab knows of it.
 *
 * 1. Whoever comes into a room is shown what was said there last, and one line with where they are
 *    and with whom.
 * 2. An answer is for the person where they have asked; the others are only remembered.
 */
export class RoomContext {
  readonly #roster = new Roster();
  readonly #questions = new Questions();
  readonly #completer = new TabCompletion(() => this.#source());
  /** The room that the person has come into and was not told of yet. */
  #arrival: { readonly topic?: string | undefined } | undefined;

  /** @param tell shows a line of this client's own. */
  constructor(
    private readonly chat: ContextChat,
    private readonly tell: (text: string) => void,
  ) {}

  /**
   * Learns from what the server says.
   *
   * @returns whether the person is still to see it.
   */
  heard(frame: ServerFrame): boolean {
    this.#roster.heard(frame);
    switch (frame.type) {
      case "welcome":
        this.#arrive(frame.seq, {});
        return true;
      case "joined":
        if (frame.seq === undefined) return true;
        this.#arrive(frame.seq, frame);
        return false;
      case "users":
        return frame.unasked === true || this.#answered(frame);
      case "rooms":
        return this.#questions.answered("rooms") === "person";
      default:
        return true;
    }
  }

  /** The person has said that to somebody. */
  said(frame: ServerFrame): void {
    this.#roster.heard(frame);
  }

  /** The person asks for it. */
  asked(type: "users" | "rooms"): void {
    if (this.chat.isConnected) this.#questions.asked(type, "person");
  }

  /** Something has happened to the connection. */
  connection(event: ConnectionEvent): void {
    if (event.state !== "restored") return this.#questions.forget();
    this.#ask("users", event.resumed && this.#arrival === undefined ? "completion" : "status");
  }

  /** Tab was pressed. */
  complete(line: Line, isBack: boolean): Line | undefined {
    // Rooms come and go: the next press of the key knows the news.
    if (/^\/(j|join|send)\s/i.test(line.text) && !this.#questions.isOpen("rooms")) {
      this.#ask("rooms", "completion");
    }
    return this.#completer.press(line, isBack);
  }

  /** @param seq number of the room's last message: what comes after it is heard anyway. */
  #arrive(seq: number, arrival: { readonly topic?: string | undefined }): void {
    this.#arrival = arrival;
    if (!this.chat.isConnected) return;
    if (seq > 0) this.chat.post({ type: "history", limit: RECENT_MESSAGES, before: seq + 1 });
    this.#ask("users", "status");
    this.#ask("rooms", "completion");
  }

  #ask(type: "users" | "rooms", purpose: Purpose): void {
    if (!this.chat.isConnected) return;
    this.#questions.asked(type, purpose);
    this.chat.post({ type });
  }

  #answered({ room, users, total }: ServerFrame & { type: "users" }): boolean {
    const purpose = this.#questions.answered("users");
    if (purpose !== "status") return purpose === "person";
    const { name: self, address } = this.chat;
    const shown = users.filter(({ listening }) => listening !== true);
    const others = shown.flatMap(({ name }) => name === self ? [] : [name]);
    const present = total - (users.length - shown.length);
    this.tell(statusLine({ room, address, others, total: present }));
    if (this.#arrival?.topic !== undefined) this.tell(`Topic: ${this.#arrival.topic}`);
    this.#arrival = undefined;
    return false;
  }

  #source(): CompletionSource {
    const { name } = this.chat;
    const users = this.#roster.names(name);
    const elsewhere = this.#roster.elsewhere(name);
    const rooms = this.#roster.rooms();
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

/** Others who are named; of more it is told how many there are. */
const MAX_NAMED = 8;

/** Where somebody is and with whom, as one sentence. */
export function statusLine(
  { room, address, others, total }: {
    readonly room: string;
    /** Of the server. */
    readonly address: string;
    /** Names of the others in the room, perhaps not all. */
    readonly others: readonly string[];
    /** How many people are in the room, the reader among them. */
    readonly total: number;
  },
): string {
  const where = `You are in ${room} on ${address}`;
  const count = Math.max(total - 1, others.length);
  if (count === 0) return `${where}. No other users are here.`;
  const who = counted(count, "other");
  const names = count <= MAX_NAMED && others.length === count ? `: ${others.join(", ")}` : "";
  return `${where} with ${who}${names}.`;
}

/** Why something was asked of the server: the person wants to see the answer, a line is made of it,
 * or it is only remembered. */
export type Purpose = "person" | "status" | "completion";

/** What the server is asked that answers without saying which question it answers. */
type Kind = "users" | "rooms";

/** Remembers why each question was asked; answers come in the order of the questions. */
export class Questions {
  readonly #asked: Record<Kind, Purpose[]> = { users: [], rooms: [] };

  asked(kind: Kind, purpose: Purpose): void {
    this.#asked[kind].push(purpose);
  }

  /** True while an answer is to come. */
  isOpen(kind: Kind): boolean {
    return this.#asked[kind].length > 0;
  }

  /** An answer came: to what? */
  answered(kind: Kind): Purpose {
    return this.#asked[kind].shift() ?? "person";
  }

  /** The connection is gone, and the answers with it. */
  forget(): void {
    this.#asked.users.length = 0;
    this.#asked.rooms.length = 0;
  }
}
