import type { RoomInfo, ServerFrame } from "../../protocol/frames.ts";
import { isSameName, nameKey } from "../../protocol/names.ts";

/** Maximum number of stored senders, of users of other rooms, and of rooms beside the listed ones. */
const MAX_RECENT = 100;

/** A user in the room. */
export interface Person {
  readonly name: string;
  /** The away text, perhaps empty; absent for a user who is not away. */
  readonly away?: string;
  /** Set for an operator. */
  readonly operator?: true;
}

/**
 * The users of one room, the last one that this client has entered or turned to, and the rooms that the
 * server has reported, for lists and for completion. Of other rooms only the senders count.
 *
 * A large room has more members than the server lists, and reports their leaves as numbers only: so
 * senders who are not listed are stored apart from the members, and only the last of them.
 */
export class Roster {
  /** Number of all users in the room; in a large room more than are listed. */
  total = 0;
  #room = "";
  #rooms: readonly RoomInfo[] = [];
  /** Names of the rooms entered since the last list of the server, the last one at the end. */
  readonly #entered = new Map<string, string>();
  readonly #members = new Map<string, Person>();
  /** The members in order, until one of them changes. */
  #sorted: readonly Person[] | undefined;
  /** Senders of messages in the room, the last one at the end. */
  readonly #senders = new Map<string, string>();
  /** Users of earlier rooms and of whispers, likewise. Some may be in the room. */
  readonly #met = new Map<string, string>();

  /** The last list of the server, with the rooms entered since then. */
  get rooms(): readonly RoomInfo[] {
    const listed = new Set(this.#rooms.map(({ name }) => nameKey(name)));
    const entered = [...this.#entered].filter(([key]) => !listed.has(key));
    return [...this.#rooms, ...entered.map(([, name]) => ({ name, members: 1 }))];
  }

  /** The members of the room, in the order of their names. */
  get list(): readonly Person[] {
    this.#sorted ??= [...this.#members.values()]
      .sort((one, other) => compareNames(one.name, other.name));
    return this.#sorted;
  }

  find(name: string): Person | undefined {
    return this.#members.get(nameKey(name));
  }

  /** The other users in the room, the last sender first. */
  names(self: string): string[] {
    const names = new Map([...this.#senders].reverse());
    for (const [key, { name }] of this.#members) names.set(key, name);
    names.delete(nameKey(self));
    return [...names.values()];
  }

  /** Users who may be in other rooms, the last one first. */
  elsewhere(self: string): string[] {
    const names = new Map(this.#met);
    for (const name of [self, ...this.names(self)]) names.delete(nameKey(name));
    return [...names.values()].reverse();
  }

  /** Handles a received frame or a sent whisper. */
  receive(frame: ServerFrame): void {
    const isArrival = frame.type === "joined" && frame.seq !== undefined;
    if (!isArrival && this.#isOfOther(frame)) {
      if (frame.type === "message") store(this.#met, frame.from);
      return;
    }
    switch (frame.type) {
      case "welcome": {
        const [first] = frame.rooms;
        if (first === undefined) return;
        this.#room = first.room;
        return store(this.#entered, first.room);
      }
      case "users":
        return this.#list(frame);
      case "rooms":
        this.#rooms = frame.rooms;
        this.#entered.clear();
        return;
      case "joined":
        if (frame.seq !== undefined) this.turn(frame.room, frame.name);
        if (this.find(frame.name) === undefined) this.total++;
        return this.#put({ name: frame.name, ...operatorOf(frame) });
      case "left":
        this.#senders.delete(nameKey(frame.name));
        if (this.#remove(frame.name)) this.total--;
        if (frame.to === undefined && frame.online !== true) this.#met.delete(nameKey(frame.name));
        else store(this.#met, frame.name);
        return;
      case "presence":
        this.total = frame.members;
        return;
      case "renamed":
        return this.#rename(frame);
      case "away": {
        const person = this.find(frame.name);
        if (person === undefined) return;
        const away = frame.text === undefined ? undefined : { away: frame.text };
        return this.#put({ name: person.name, ...away, ...operatorOf(person) });
      }
      case "account": {
        const person = this.find(frame.name);
        if (person === undefined || frame.operator === undefined) return;
        const { operator: _, ...same } = person;
        return this.#put({ ...same, ...operatorOf(frame) });
      }
      case "message":
        return store(this.#senders, frame.from);
      case "whisper":
        store(this.#met, frame.from);
        store(this.#met, frame.to);
        if (this.names("").includes(frame.from)) store(this.#senders, frame.from);
    }
  }

  #isOfOther(frame: ServerFrame): boolean {
    const room = "room" in frame ? frame.room : undefined;
    if (typeof room !== "string" || this.#room === "" || room === this.#room) return false;
    return !isSameName(room, this.#room);
  }

  #list({ users, total }: ServerFrame & { type: "users" }): void {
    this.#sorted = undefined;
    this.#members.clear();
    this.total = total;
    for (const { name, away, operator, listening } of users) {
      // The server sends no `left` for listeners.
      if (listening === true) this.total--;
      else {
        const person = away === undefined ? { name } : { name, away };
        this.#put({ ...person, ...operatorOf({ operator }) });
      }
    }
    for (const key of this.#senders.keys()) if (!this.#members.has(key)) this.#senders.delete(key);
  }

  /** This client has entered another room, or turned to it; the list of its users follows. */
  turn(room: string, self: string): void {
    for (const name of this.names(self).reverse()) store(this.#met, name);
    this.#room = room;
    this.#sorted = undefined;
    this.#members.clear();
    this.#senders.clear();
    this.total = 0;
    store(this.#entered, room);
  }

  #rename(frame: ServerFrame & { type: "renamed" }): void {
    const { from, to } = frame;
    const person = this.find(from);
    const hasSent = this.#senders.delete(nameKey(from));
    this.#remove(from);
    if (person !== undefined) {
      const { operator: _, ...same } = person;
      this.#put({ ...same, name: to, ...operatorOf(frame) });
    }
    if (hasSent) store(this.#senders, to);
    if (this.#met.delete(nameKey(from))) store(this.#met, to);
  }

  #remove(name: string): boolean {
    this.#sorted = undefined;
    return this.#members.delete(nameKey(name));
  }

  #put(person: Person): void {
    this.#sorted = undefined;
    this.#members.set(nameKey(person.name), person);
  }
}

/** The mark of an operator; a foreign server may send any value. */
function operatorOf({ operator }: { readonly operator?: unknown }): { operator?: true } {
  return operator === true ? { operator } : {};
}

/** Stores a name as the last one, and drops the first of too many. */
function store(names: Map<string, string>, name: string): void {
  names.delete(nameKey(name));
  names.set(nameKey(name), name);
  const [oldest] = names.keys();
  if (names.size > MAX_RECENT) names.delete(oldest!);
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** Compares two names for sorting: by the locale of the user, with `user2` before `user10`. */
export function compareNames(one: string, other: string): number {
  return COLLATOR.compare(one, other);
}
