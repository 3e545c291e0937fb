import type { ServerFrame } from "../../protocol/mod.ts";

/** Maximum number of stored users of other rooms, and of rooms. */
const MAX_RECENT = 100;

/** The users and rooms that this client has received, for completion. */
export class Roster {
  /** Members of the room by their lower-case names; the last sender is the last. */
  #names = new Map<string, string>();
  /** Users of earlier rooms and of whispers, likewise. Some may be in the room. */
  readonly #met = new Map<string, string>();
  #rooms = new Set<string>();

  /** The other members of the room, the last sender first. */
  names(self: string): string[] {
    const mine = self.toLowerCase();
    return [...this.#names].flatMap(([key, name]) => key === mine ? [] : [name]).reverse();
  }

  /** Users who may be in other rooms, the last one first. */
  elsewhere(self: string): string[] {
    const mine = self.toLowerCase();
    return [...this.#met].flatMap(([key, name]) =>
      key === mine || this.#names.has(key) ? [] : [name]
    ).reverse();
  }

  rooms(): string[] {
    return [...this.#rooms];
  }

  /** Handles a received frame or a sent whisper. */
  receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#addRoom(frame.room);
      case "users": {
        // Senders keep their places; the others come after them, in their order.
        const members = frame.users.filter(({ listening }) => listening !== true);
        const here = new Map(members.map(({ name }) => [name.toLowerCase(), name]));
        const spoken = [...this.#names].filter(([key]) => here.has(key));
        for (const [key] of spoken) here.delete(key);
        this.#names = new Map([...[...here].reverse(), ...spoken]);
        return;
      }
      case "rooms":
        this.#rooms = new Set(frame.rooms.map(({ name }) => name));
        return;
      case "joined":
        if (frame.seq === undefined) return this.#come(frame.name);
        for (const name of this.#names.values()) this.#meet(name);
        this.#names.clear();
        return this.#addRoom(frame.room);
      case "left":
        this.#names.delete(frame.name.toLowerCase());
        if (frame.to === undefined) this.#met.delete(frame.name.toLowerCase());
        else this.#meet(frame.name);
        return;
      case "renamed":
        this.#names.delete(frame.from.toLowerCase());
        if (this.#met.delete(frame.from.toLowerCase())) this.#meet(frame.to);
        return this.#come(frame.to);
      case "message":
        return this.#speak(frame.from);
      case "whisper":
        this.#meet(frame.from);
        this.#meet(frame.to);
        if (this.#names.has(frame.from.toLowerCase())) this.#speak(frame.from);
    }
  }

  #speak(name: string): void {
    this.#names.delete(name.toLowerCase());
    this.#names.set(name.toLowerCase(), name);
  }

  #meet(name: string): void {
    this.#met.delete(name.toLowerCase());
    this.#met.set(name.toLowerCase(), name);
    const [oldest] = this.#met.keys();
    if (this.#met.size > MAX_RECENT) this.#met.delete(oldest!);
  }

  /** A new member has sent nothing yet: it comes after all senders. */
  #come(name: string): void {
    if (this.#names.has(name.toLowerCase())) return;
    this.#names = new Map([[name.toLowerCase(), name], ...this.#names]);
  }

  #addRoom(room: string): void {
    if (this.#rooms.size < MAX_RECENT) this.#rooms.add(room);
  }
}
