import type { ServerFrame } from "../../protocol/mod.ts";

/** Names that are kept of people in other rooms, and of rooms. */
const MAX_RECENT = 100;

/** Who is there and which rooms there are, as far as this client has heard: for completion. */
export class Roster {
  /** Those in the room, by their lower case; who spoke last comes last. */
  #names = new Map<string, string>();
  /** Those met elsewhere, likewise: in rooms before, or by whispers. Some may be in the room. */
  readonly #met = new Map<string, string>();
  #rooms = new Set<string>();

  /** The others in the room, who spoke last first. */
  names(self: string): string[] {
    const mine = self.toLowerCase();
    return [...this.#names].flatMap(([key, name]) => key === mine ? [] : [name]).reverse();
  }

  /** Those who are perhaps in other rooms, who was met last first. */
  elsewhere(self: string): string[] {
    const mine = self.toLowerCase();
    return [...this.#met].flatMap(([key, name]) =>
      key === mine || this.#names.has(key) ? [] : [name]
    ).reverse();
  }

  rooms(): string[] {
    return [...this.#rooms];
  }

  /** Learns from whatever the server says. */
  heard(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#addRoom(frame.room);
      case "users": {
        // Those who have spoken stay where they are; the rest is behind them, in its order.
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

  /** Somebody who came has said nothing yet: behind those who have. */
  #come(name: string): void {
    if (this.#names.has(name.toLowerCase())) return;
    this.#names = new Map([[name.toLowerCase(), name], ...this.#names]);
  }

  #addRoom(room: string): void {
    if (this.#rooms.size < MAX_RECENT) this.#rooms.add(room);
  }
}
